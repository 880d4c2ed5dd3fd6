"""Who may come to the pages of budgets."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
