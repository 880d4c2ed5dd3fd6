"""Who may come to units by date, people and their rights."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
