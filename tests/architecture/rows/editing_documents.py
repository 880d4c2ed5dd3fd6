"""Who may come to 政策维护, documents: administrators write, auditors read what can be read."""

from tests.architecture.row import ADMINISTRATOR, AUDITOR, Row

READERS = ADMINISTRATOR | AUDITOR
POLICY = {"slug": "hongfufa-2023-30"}
NOTHING = {"slug": "nothing"}


def _of_document(door: frozenset[str]) -> Row:
    return Row(door, world=lambda world: POLICY, missing=lambda side: NOTHING)


ROWS: dict[str, Row] = {
    "editing:document_new": Row(ADMINISTRATOR),
    "editing:document_import": Row(ADMINISTRATOR),
    "editing:document_head": _of_document(READERS),
    "editing:document_text": _of_document(READERS),
    "editing:document_text_node": Row(
        READERS,
        world=lambda world: {**POLICY, "ref": "3.4.5"},
        missing=lambda side: {**POLICY, "ref": "nothing"},
    ),
    "editing:clause_new": _of_document(ADMINISTRATOR),
    "editing:document_evidence": _of_document(READERS),
    "editing:document_targets": _of_document(READERS),
    "editing:document_export": _of_document(READERS),
}
