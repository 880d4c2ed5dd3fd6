"""Who may come to the pages of open data."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
