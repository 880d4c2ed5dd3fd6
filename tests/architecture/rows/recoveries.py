"""Who may come to the pages of recoveries."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
