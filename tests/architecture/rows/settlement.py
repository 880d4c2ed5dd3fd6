"""Who may come to the pages of settlement."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
