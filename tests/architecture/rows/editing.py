"""Who may come to 政策维护: administrators write there, auditors read."""

from tests.architecture.row import ADMINISTRATOR, AUDITOR, Row

READERS = ADMINISTRATOR | AUDITOR
POLICY = {"slug": "hongfufa-2023-30"}
NOTHING = {"slug": "nothing"}

ROWS: dict[str, Row] = {
    "editing:home": Row(READERS),
    "editing:document": Row(READERS, world=lambda world: POLICY, missing=lambda side: NOTHING),
}
