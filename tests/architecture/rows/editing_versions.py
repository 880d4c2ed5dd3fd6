"""Who may come to 政策维护, versions and publication."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
