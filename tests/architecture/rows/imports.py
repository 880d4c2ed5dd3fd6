"""Who may come to the pages of imports."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
