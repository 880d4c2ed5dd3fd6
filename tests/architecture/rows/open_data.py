"""Who may come to the pages of open data: everybody."""

from tests.architecture.row import PUBLIC, Row

ROWS: dict[str, Row] = {
    "awards:open_data": Row(PUBLIC),
    "awards:open_data_csv": Row(PUBLIC),
    "awards:open_data_json": Row(PUBLIC),
    "awards:yearly_report": Row(PUBLIC),
    # Nothing is published in the world of the matrix; what the PDF says stands in tests/awards/test_yearly.py.
    "awards:yearly_report_pdf": Row(PUBLIC, missing=lambda side: {}),
}
