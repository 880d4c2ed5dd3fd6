"""Who may come to the pages of publicity."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
