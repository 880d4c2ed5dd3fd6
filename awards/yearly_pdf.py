"""The yearly report on A4: cover, contents, sections with bookmarks, the same drawings as the page."""

from datetime import datetime
from functools import cache
from pathlib import Path

from django.template.loader import render_to_string

from awards.queries.yearly import YearlyReport
from awards.yearly_tables import context_of
from letters.rendering import Printed, print_pages


@cache
def _css() -> str:
    return (Path(__file__).parent / "styles" / "yearly.css").read_text(encoding="utf-8")


def yearly_pdf(report: YearlyReport, *, at: datetime) -> Printed:
    """The report as pages; `at`: when its figures were counted. Raises LetterRenderError."""
    return print_pages(render_to_string("awards/yearly/print.html", context_of(report) | {"at": at}), css=_css())
