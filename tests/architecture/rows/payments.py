"""Who may come to the pages of payments."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
