"""Who may come to 政策维护, the editor of clauses and rules."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
