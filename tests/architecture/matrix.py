"""Who may come where: every address of the site that is ours, written by hand and compared with what happens.

`door`: the roles that a view lets in at all; everybody else signed in gets 403, the anonymous the sign-in page.
`sees`: those among them to whom an object of their own side is shown; to the rest, and to the other side, it does not
exist (404). Where an address names no object, the door decides alone.
"""

from typing import Any

from tests.architecture.row import (
    ADMINISTRATOR,
    AGENT,
    AUDITOR,
    DECIDERS,
    ENTERPRISE,
    EVERYBODY,
    MANAGERS,
    NONE,
    OFFICERS,
    PUBLIC,
    Row,
    pk_of,
)
from tests.architecture.rows import (
    budgets,
    editing,
    editing_calls,
    editing_clauses,
    editing_documents,
    editing_settings,
    editing_versions,
    impact,
    imports,
    open_data,
    payments,
    people,
    publicity,
    recoveries,
    settlement,
    texts,
)
from tests.architecture.world import Side

DRAFT = pk_of(lambda side: side.draft.pk)
FILED = pk_of(lambda side: side.case.application_id)
TASK = pk_of(lambda side: side.task.pk)
CASE = pk_of(lambda side: side.case.pk)
AWARD = pk_of(lambda side: side.award.pk)
MEMBER = pk_of(lambda side: side.member)
READERS = OFFICERS | AUDITOR
LIST: Any = {"world": lambda world: {"page": "queue"}, "missing": lambda side: {"page": "nothing"}}
EXPERT = frozenset({"expert"})
PANEL = pk_of(lambda side: _seat(side).panel_id)
SEAT: Any = {
    "own": lambda side: {"pk": (seat := _seat(side)).panel_id, "member": seat.pk},
    "missing": lambda side: {"pk": _seat(side).panel_id, "member": NONE},
}
PANEL_FILE: Any = {
    "own": lambda side: _panel_file(side),
    "missing": lambda side: {"pk": _seat(side).panel_id, "stage": NONE},
}

#: "app:name" → who may come.
TABLE: dict[str, Row] = {
    "home": Row(PUBLIC),
    "healthz": Row(PUBLIC),
    "open_api": Row(PUBLIC),
    "accounts:landing": Row(EVERYBODY),
    "accounts:back_to_page": Row(EVERYBODY),
    "accounts:profile": Row(EVERYBODY),
    "accounts:notice_choices": Row(EVERYBODY),
    "accounts:notifications": Row(EVERYBODY),
    "accounts:notifications_read": Row(EVERYBODY),
    "accounts:notification_open": Row(EVERYBODY, missing=lambda side: {"pk": NONE}),
    "accounts:signup": Row(PUBLIC),
    "accounts:enterprise": Row(ENTERPRISE),
    "accounts:enterprise_edit": Row(ENTERPRISE),
    "accounts:bank_account": Row(ENTERPRISE, told=AGENT),
    "accounts:members": Row(ENTERPRISE),
    "accounts:member_invite": Row(ENTERPRISE, told=AGENT),
    "accounts:member_invitation": Row(ENTERPRISE, told=AGENT, **MEMBER),
    "accounts:member_deactivate": Row(ENTERPRISE, told=AGENT, **MEMBER),
    "accounts:member_reactivate": Row(ENTERPRISE, told=AGENT, **MEMBER),
    "accounts:verification_queue": Row(DECIDERS),
    "accounts:verification": Row(DECIDERS, **pk_of(lambda side: side.pending.pk)),
    "policies:index": Row(PUBLIC),
    "policies:search": Row(PUBLIC),
    "policies:call": Row(PUBLIC, world=lambda world: {"pk": world.call.pk}, missing=lambda side: {"pk": NONE}),
    "policies:document": Row(
        PUBLIC, world=lambda world: {"slug": "hongfufa-2023-30"}, missing=lambda side: {"slug": "nothing"}
    ),
    "policies:clause": Row(
        PUBLIC,
        world=lambda world: {"slug": "hongfufa-2023-30", "clause_id": "3.4.5"},
        missing=lambda side: {"slug": "hongfufa-2023-30", "clause_id": "9.9"},
    ),
    "applications:list": Row(ENTERPRISE),
    "applications:start": Row(
        ENTERPRISE, world=lambda world: {"clause": world.sides["a"].draft.clause_id}, missing=lambda _: {"clause": NONE}
    ),
    "applications:detail": Row(ENTERPRISE, **FILED),
    "applications:figures": Row(ENTERPRISE, **DRAFT),
    "applications:facts": Row(ENTERPRISE, **DRAFT),
    "applications:estimate": Row(ENTERPRISE, **DRAFT),
    "applications:evidence": Row(ENTERPRISE, **DRAFT),
    "applications:upload": Row(
        ENTERPRISE,
        own=lambda side: {"pk": side.draft.pk, "key": "ranking_proof"},
        missing=lambda side: {"pk": NONE, "key": "ranking_proof"},
    ),
    "applications:download": Row(
        ENTERPRISE,
        own=lambda side: {"pk": side.case.application_id, "attachment": _attachment(side)},
        missing=lambda side: {"pk": side.case.application_id, "attachment": NONE},
    ),
    "applications:remove": Row(
        ENTERPRISE,
        own=lambda side: {"pk": side.draft.pk, "attachment": _shared_attachment(side)},
        missing=lambda side: {"pk": side.draft.pk, "attachment": NONE},
        leads=True,
    ),
    "applications:check": Row(ENTERPRISE, **DRAFT),
    "applications:confirm": Row(ENTERPRISE, **DRAFT),
    "applications:return": Row(ENTERPRISE, **DRAFT),
    "applications:withdraw": Row(ENTERPRISE, **FILED),
    "applications:write_message": Row(ENTERPRISE, **FILED),
    "applications:message_file": Row(
        ENTERPRISE,
        own=lambda side: {"pk": side.case.application_id, "file": _message_file(side)},
        missing=lambda side: {"pk": side.case.application_id, "file": NONE},
    ),
    "applications:receipt": Row(ENTERPRISE, **FILED),
    "applications:revision": Row(
        ENTERPRISE,
        own=lambda side: {"pk": side.case.application_id, "number": 1},
        missing=lambda side: {"pk": side.case.application_id, "number": 77},
    ),
    "reviews:queue": Row(OFFICERS),
    "reviews:cases": Row(READERS),
    "reviews:bulk": Row(OFFICERS),
    "reviews:columns": Row(READERS, **LIST),
    "reviews:views": Row(READERS, **LIST),
    "reviews:save_view": Row(READERS, **LIST),
    # Whose views these are: tests/reviews/test_saved_views.py.
    "reviews:edit_view": Row(READERS, missing=lambda side: {"pk": NONE}),
    "reviews:delete_view": Row(READERS, missing=lambda side: {"pk": NONE}),
    "reviews:presence": Row(OFFICERS, **TASK),
    "reviews:task": Row(OFFICERS, **TASK),
    "reviews:decide": Row(OFFICERS, **TASK, leads=True),
    "reviews:confirm": Row(OFFICERS, **TASK, leads=True),
    "reviews:return_draft": Row(OFFICERS, **TASK, leads=True),
    "reviews:correction": Row(OFFICERS, **TASK, leads=True),
    "reviews:cancel_correction": Row(OFFICERS, **TASK, leads=True),
    "reviews:recuse": Row(OFFICERS, **TASK, leads=True),
    "reviews:claim": Row(OFFICERS, **TASK, leads=True),
    "reviews:assign": Row(OFFICERS, **TASK, leads=True),
    "reviews:release": Row(OFFICERS, **TASK, leads=True),
    "reviews:unit": Row(MANAGERS),
    "reviews:give": Row(MANAGERS, **TASK),
    "reviews:hand_over": Row(MANAGERS),
    "reviews:rules": Row(MANAGERS),
    "reviews:change_rule": Row(MANAGERS, missing=lambda side: {"pk": NONE}),
    "reviews:absences": Row(DECIDERS | MANAGERS),
    "reviews:end_absence": Row(DECIDERS | MANAGERS, missing=lambda side: {"pk": NONE}),
    "reviews:case": Row(READERS, **CASE),
    # No shipped clause leaves its units open: for these files the address does not exist. Where one does, who may
    # and who is told stands in tests/reviews/test_open_groups.py.
    "reviews:pick_units": Row(DECIDERS, **CASE, sees=frozenset()),
    "reviews:case_revision": Row(
        READERS,
        own=lambda side: {"pk": side.case.pk, "number": 1},
        missing=lambda side: {"pk": side.case.pk, "number": 77},
    ),
    "reviews:attachment": Row(
        READERS,
        own=lambda side: {"pk": side.case.pk, "attachment": _attachment(side)},
        missing=lambda side: {"pk": side.case.pk, "attachment": NONE},
    ),
    "reviews:evidence": Row(
        READERS,
        own=lambda side: {"pk": side.case.pk, "attachment": _attachment(side)},
        missing=lambda side: {"pk": side.case.pk, "attachment": NONE},
    ),
    # The evidence of this world is no real document and has no pages; who sees real ones stands in
    # tests/reviews/test_previews.py.
    "reviews:evidence_page": Row(
        READERS,
        own=lambda side: {"pk": side.case.pk, "attachment": _attachment(side), "page": 1},
        sees=frozenset(),
        missing=lambda side: {"pk": side.case.pk, "attachment": NONE, "page": 1},
    ),
    "reviews:export_case": Row(READERS, **CASE),
    "reviews:exports": Row(READERS),
    "reviews:export_list": Row(READERS),
    "reviews:export_file": Row(READERS, missing=lambda side: {"pk": NONE}),
    "reviews:export_remove": Row(READERS, missing=lambda side: {"pk": NONE}),
    "reviews:overview": Row(frozenset({"leader"}) | AUDITOR),
    "reviews:convene": Row(DECIDERS, **TASK),
    "reviews:panels": Row(READERS),
    # Its own members read a panel once it has ended: tests/reviews/test_expert_pages.py.
    "reviews:panel": Row(READERS | EXPERT, **PANEL, sees=READERS),
    "reviews:panel_criteria": Row(DECIDERS, **PANEL, leads=True),
    "reviews:panel_members": Row(DECIDERS, **PANEL, leads=True),
    "reviews:panel_start": Row(DECIDERS, **PANEL, leads=True),
    "reviews:panel_leave": Row(DECIDERS, **SEAT, leads=True),
    "reviews:panel_chair": Row(DECIDERS, **SEAT, leads=True),
    "reviews:expert_desk": Row(EXPERT),
    "reviews:expert_conclude": Row(EXPERT, **PANEL),
    "reviews:expert_file": Row(EXPERT, **PANEL_FILE),
    "reviews:expert_recuse": Row(EXPERT, **PANEL_FILE),
    "reviews:expert_attachment": Row(
        EXPERT,
        own=lambda side: {**_panel_file(side), "attachment": _attachment(side)},
        missing=lambda side: {**_panel_file(side), "attachment": NONE},
    ),
    "reviews:message": Row(OFFICERS, **CASE),
    "reviews:message_file": Row(
        READERS,
        own=lambda side: {"pk": side.case.pk, "file": _message_file(side)},
        missing=lambda side: {"pk": side.case.pk, "file": NONE},
    ),
    "reviews:note": Row(OFFICERS, **CASE),
    "reviews:take_back_note": Row(
        OFFICERS,
        own=lambda side: {"pk": side.case.pk, "note": _note(side)},
        missing=lambda side: {"pk": side.case.pk, "note": NONE},
        leads=True,
    ),
    "awards:list": Row(READERS | ENTERPRISE),
    "awards:award": Row(READERS | ENTERPRISE, **AWARD),
    "awards:receipt": Row(READERS | ENTERPRISE, **pk_of(lambda side: _settled(side))),
    "awards:simulations": Row(ADMINISTRATOR | AUDITOR),
    "awards:simulation_new": Row(ADMINISTRATOR),
    "awards:simulation": Row(ADMINISTRATOR | AUDITOR, missing=lambda side: {"pk": NONE}),
    "awards:simulation_progress": Row(ADMINISTRATOR | AUDITOR, missing=lambda side: {"pk": NONE}),
    "awards:simulation_again": Row(ADMINISTRATOR, missing=lambda side: {"pk": NONE}),
    "awards:simulation_json": Row(ADMINISTRATOR | AUDITOR, missing=lambda side: {"pk": NONE}),
    "awards:simulation_xlsx": Row(ADMINISTRATOR | AUDITOR, missing=lambda side: {"pk": NONE}),
    "letters:verify": Row(PUBLIC),
    "letters:verify_letter": Row(PUBLIC, missing=lambda side: {"token": "nothing"}),
    "letters:list": Row(READERS | ENTERPRISE),
    "letters:pdf": Row(READERS | ENTERPRISE, missing=lambda side: {"pk": NONE}),
    "letters:void": Row(frozenset({"approver", "leader"}), missing=lambda side: {"pk": NONE}),
    **settlement.ROWS,
    **budgets.ROWS,
    **publicity.ROWS,
    **payments.ROWS,
    **recoveries.ROWS,
    **imports.ROWS,
    **open_data.ROWS,
    **texts.ROWS,
    **editing.ROWS,
    **editing_calls.ROWS,
    **editing_clauses.ROWS,
    **editing_documents.ROWS,
    **editing_settings.ROWS,
    **editing_versions.ROWS,
    **impact.ROWS,
    **people.ROWS,
}


def _attachment(side: Side) -> int:
    """A document of the filed revision."""
    evidence = side.case.application.revisions.get().evidence
    return int(evidence[0]["attachment"])


def _shared_attachment(side: Side) -> int:
    """A document that the draft shares with the filed applications of the year."""
    from applications.models import Attachment

    found = Attachment.objects.filter(enterprise=side.company.enterprise, application=None)
    return found.order_by("pk").first().pk  # type: ignore[union-attr]


def _message_file(side: Side) -> int:
    """A file that the enterprise sent along with a message."""
    from applications.models import Message, MessageFile
    from common import storage

    application = side.case.application
    message = Message.objects.create(
        application=application, author=side.company.agent, text="见附件。", at=application.filed_at
    )
    sha256 = storage.put(b"%PDF-demo")
    return MessageFile.objects.create(
        message=message, name="说明.pdf", kind="pdf", content_type="application/pdf", size=9, sha256=sha256
    ).pk


def _settled(side: Side) -> int:
    """The side's award, settled: before that it has no receipt."""
    from tests.factories.awards import settle

    settle(side.award.account, at=side.case.opened_at)
    return int(side.award.pk)


def _seat(side: Side) -> Any:
    """The seat of the side's expert, who chairs a panel of its district."""
    from accounts.enums import UnitRole
    from accounts.models import UnitMember
    from reviews.enums import PanelState, StageKind
    from reviews.models import Panel, PanelMember

    at = side.case.opened_at
    panel = Panel.objects.create(
        unit=side.task.unit,
        kind=StageKind.AUDIT,
        policy_year=2024,
        title="审计组",
        state=PanelState.SCORING,
        convened_by=side.company.agent,
        convened_at=at,
        started_at=at,
    )
    expert = UnitMember.objects.get(unit=side.task.unit, role=UnitRole.EXPERT).user
    return PanelMember.objects.create(panel=panel, user=expert, is_chair=True)


def _panel_file(side: Side) -> dict[str, Any]:
    """The side's case as the file of a panel, before its expert."""
    from reviews.enums import StageKind, StageState
    from reviews.models import Stage

    at, panel = side.case.opened_at, _seat(side).panel
    last = side.case.stages.order_by("-order")[0].order
    stage = Stage.objects.create(
        case=side.case,
        order=last + 1,
        kind=StageKind.AUDIT,
        state=StageState.OPEN,
        days=20,
        opened_at=at,
        due_on=at.date(),
        panel=panel,
    )
    return {"pk": panel.pk, "stage": stage.pk}


def _note(side: Side) -> int:
    """An internal note that everybody who takes part reads."""
    from reviews.enums import NoteScope
    from reviews.models import Note

    return Note.objects.create(
        case=side.case,
        unit=side.task.unit,
        author=side.company.agent,
        scope=NoteScope.CASE,
        text="备注。",
        at=side.case.opened_at,
    ).pk
