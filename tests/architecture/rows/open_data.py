"""Who may come to the pages of open data: everybody."""

from tests.architecture.row import PUBLIC, Row

ROWS: dict[str, Row] = {
    "awards:open_data": Row(PUBLIC),
    "awards:open_data_csv": Row(PUBLIC),
    "awards:open_data_json": Row(PUBLIC),
}
