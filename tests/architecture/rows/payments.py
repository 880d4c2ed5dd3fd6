"""Who may come to the pages of payments: the paying unit's own people (none in this world) and auditors; finance people
and leaders of districts get past the door and find nothing that is theirs."""

from typing import Any

from awards.actions.payment_files import write_files
from awards.models import PaymentList
from tests.architecture.row import AUDITOR, NONE, Row
from tests.architecture.world import Side, World

READERS = frozenset({"finance", "leader"}) | AUDITOR
PEOPLE = frozenset({"finance", "leader"})
FINANCE = frozenset({"finance"})
LEADER = frozenset({"leader"})
NOBODY: frozenset[str] = frozenset()


def _list(world: World) -> PaymentList:
    """A sent list with its files; rolled back with the request's test."""
    from tests.awards.payments import SENT, payable, sent

    listing = sent(payable("3.4.5"))
    return write_files(list_id=listing.pk, at=SENT)


def _missing(side: Side) -> dict[str, Any]:
    return {"pk": NONE}


LIST: Any = {"world": lambda world: {"pk": _list(world).pk}, "missing": _missing}
ROW: Any = {
    "world": lambda world: {"pk": _list(world).pk, "row": 1},
    "missing": lambda side: {"pk": NONE, "row": 1},
}

ROWS: dict[str, Row] = {
    "awards:payment_lists": Row(READERS, told=PEOPLE),
    "awards:payment_list_new": Row(FINANCE, told=FINANCE),
    "awards:payment_list": Row(READERS, sees=AUDITOR, **LIST),
    "awards:payment_list_send": Row(PEOPLE, sees=NOBODY, **LIST),
    "awards:payment_list_cancel": Row(PEOPLE, sees=NOBODY, **LIST),
    "awards:payment_list_xlsx": Row(READERS, sees=AUDITOR, **LIST),
    "awards:payment_list_pdf": Row(READERS, sees=AUDITOR, **LIST),
    "awards:payment_results": Row(FINANCE, sees=NOBODY, **LIST),
    "awards:payment_row_remove": Row(PEOPLE, sees=NOBODY, **ROW),
    "awards:payment_reveal": Row(READERS, sees=AUDITOR, **ROW),
    "awards:payment_reverse": Row(LEADER, sees=NOBODY, **ROW),
}
