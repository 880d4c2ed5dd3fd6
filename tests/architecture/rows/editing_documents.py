"""Who may come to 政策维护, documents."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
