"""Who may come to 政策维护, calls and late filing."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
