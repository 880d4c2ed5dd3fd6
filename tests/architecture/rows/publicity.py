"""Who may come to the pages of publicity.

The rounds of this world are those of the sides' districts; the award in them is its lead's. So whoever reads an
objection here is told that the files are for that lead; who sees them stands in tests/awards/test_publicity_pages.py.
"""

from typing import Any

from tests.architecture.row import AUDITOR, DECIDERS, NONE, PUBLIC, Row, pk_of
from tests.architecture.world import Side, World

HANDLER = frozenset({"handler"})
ROOM = DECIDERS | AUDITOR | {"leader"}


def _round(side: Side, *, published: bool = False) -> Any:
    """A round of the side's district with the side's award."""
    from django.utils import timezone

    from awards.enums import ItemState, RoundState
    from awards.models import PublicityItem, PublicityRound
    from common.workdays import local_day

    now = timezone.now()
    shown = {
        "state": RoundState.OPEN,
        "published_by": side.company.legal,
        "published_at": now,
        "first_day": local_day(now),
        "last_day": local_day(now).replace(year=local_day(now).year + 1),
    }
    made = PublicityRound.objects.create(
        unit=side.task.unit,
        title="名单公示",
        policy_year=side.award.application.policy_year,
        contact="0791-83986888",
        drafted_by=side.company.agent,
        drafted_at=now,
    )
    PublicityItem.objects.create(
        round=made,
        award=side.award,
        order=1,
        name="企业",
        clause="条款",
        amount_fen=1,
        state=ItemState.HELD if published else ItemState.LISTED,
    )
    if published:
        PublicityRound.objects.filter(pk=made.pk).update(**shown)
        made.refresh_from_db()
    return made


def _objection(side: Side) -> Any:
    """An objection to the item of such a round, with a file."""
    from awards.models import Objection, ObjectionFile
    from common import storage

    made = _round(side, published=True)
    objection = Objection.objects.create(
        item=made.items.get(),
        number=f"异议-{side.award.pk}",
        code=f"CODE{side.award.pk}",
        name="万建国",
        phone="13970812345",
        text="请核查发票。",
        filed_at=made.published_at,
        due_on=made.last_day,
    )
    ObjectionFile.objects.create(
        objection=objection,
        name="材料.pdf",
        kind="pdf",
        content_type="application/pdf",
        size=9,
        sha256=storage.put(b"%PDF-demo"),
    )
    return objection


def _item(world: World) -> dict[str, Any]:
    made = _round(world.sides["a"], published=True)
    return {"pk": made.pk, "item": made.items.get().pk}


def _file(side: Side) -> dict[str, Any]:
    objection = _objection(side)
    return {"pk": objection.pk, "file": objection.files.get().pk}


DRAFT = pk_of(lambda side: _round(side).pk)
OBJECTION = pk_of(lambda side: _objection(side).pk)

ROWS: dict[str, Row] = {
    "awards:rounds": Row(ROOM),
    "awards:round_new": Row(HANDLER),
    "awards:round": Row(ROOM, **DRAFT),
    "awards:round_change": Row(HANDLER, **DRAFT),
    "awards:round_publish": Row(ROOM, **DRAFT, leads=True),
    "awards:round_cancel": Row(ROOM, **DRAFT, leads=True),
    # Its letter is not made yet.
    "awards:round_pdf": Row(ROOM, **DRAFT, sees=frozenset()),
    "awards:objections": Row(ROOM),
    "awards:objection": Row(ROOM, **OBJECTION),
    "awards:objection_identity": Row(ROOM, **OBJECTION, leads=True),
    "awards:objection_draft": Row(ROOM, **OBJECTION, leads=True),
    "awards:objection_return": Row(ROOM, **OBJECTION, leads=True),
    "awards:objection_decide": Row(ROOM, **OBJECTION, leads=True),
    "awards:objection_file": Row(
        ROOM,
        own=_file,
        missing=lambda side: {"pk": NONE, "file": NONE},
        told=ROOM,
    ),
    "awards:objection_letter": Row(
        ROOM,
        own=lambda side: {"pk": _objection(side).pk, "letter": NONE},
        missing=lambda side: {"pk": NONE, "letter": NONE},
        sees=frozenset(),
    ),
    "awards:public_rounds": Row(PUBLIC),
    "awards:public_round": Row(
        PUBLIC,
        world=lambda world: {"pk": _round(world.sides["a"], published=True).pk},
        missing=lambda side: {"pk": NONE},
    ),
    "awards:public_round_pdf": Row(PUBLIC, missing=lambda side: {"pk": NONE}),
    "awards:public_object": Row(PUBLIC, world=_item, missing=lambda side: {"pk": NONE, "item": NONE}),
    "awards:public_objection": Row(PUBLIC),
    # Opened by the code that a visitor typed before; without one there is nothing.
    "awards:public_objection_letter": Row(PUBLIC, missing=lambda side: {"letter": NONE}),
}
