"""Who may come to the impact of a publication on past years."""

from tests.architecture.row import Row

ROWS: dict[str, Row] = {}
