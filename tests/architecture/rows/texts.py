"""Who may come to the pages of texts."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
