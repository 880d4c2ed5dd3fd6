"""Who may come to the pages of standing words: administrators; auditors read their history in the audit trail."""

from tests.architecture.row import ADMINISTRATOR, Row

OPENING = {"kind": "approval", "slot": "opening"}
NOTHING = {"kind": "approval", "slot": "nothing"}

ROWS: dict[str, Row] = {
    "letters:texts": Row(ADMINISTRATOR),
    "letters:text": Row(ADMINISTRATOR, world=lambda world: OPENING, missing=lambda side: NOTHING),
    "letters:text_check": Row(ADMINISTRATOR, world=lambda world: OPENING, missing=lambda side: NOTHING),
    "letters:text_preview": Row(
        ADMINISTRATOR, world=lambda world: {"kind": "approval"}, missing=lambda side: {"kind": "nothing"}
    ),
}
