"""Who may come to 政策维护, open points, series, calendar."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
