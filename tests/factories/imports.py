"""Filled-in tables for tests: a template as it is handed out, changed as a person would in Excel."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

from accounts.actions.bank import save_bank_account
from accounts.models import Unit, User
from awards.actions.imports import send_table
from awards.actions.payments import prepare_list, send_list
from awards.enums import ListState, Share
from awards.imports.kinds import KINDS
from awards.models import Award, Envelope, ImportFile, PaymentList
from common.tables.writing import template_book
from tests.factories.applications import YEAR
from tests.factories.awards import payer
from tests.factories.reviews import LATER

ABOUT = f"hongfufa-2023-30:{YEAR}"


def template(kind: str, about: str, unit: Unit, by: User) -> bytes:
    """The template of a kind as it is handed out."""
    table = KINDS[kind]
    return template_book(
        kind=kind,
        about=about,
        sheet=table.sheet,
        columns=table.columns(about),
        notes=table.notes(about),
        rows=table.known_rows(about, unit, by),
        head=table.head(about),
        total=table.total,
    )


def changed(data: bytes, change: Callable[[Any], None], sheet: str = "") -> bytes:
    """A workbook after `change` did to its first sheet what a person would."""
    book = load_workbook(io.BytesIO(data))
    change(book[sheet] if sheet else book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def places(sheet: Any) -> tuple[int, dict[str, int]]:
    """The head row of a sheet, and title → column."""
    for number in range(1, 4):
        titles = {str(cell.value): cell.column for cell in sheet[number] if cell.value is not None}
        if len(titles) > 3:
            return number, titles
    raise AssertionError("no head")


def filled(data: bytes, rows: Mapping[int, Mapping[str, Any]]) -> bytes:
    """The template with these cells filled in: row after the head (from 1) → title → value."""

    def fill_in(sheet: Any) -> None:
        head, titles = places(sheet)
        for offset, cells in rows.items():
            for title, value in cells.items():
                sheet.cell(row=head + offset, column=titles[title]).value = value

    return changed(data, fill_in)


def plain(head: Sequence[Any], *rows: Sequence[Any], sheet: str = "年度数据") -> bytes:
    """A workbook that somebody made without the template."""
    book = Workbook()
    worksheet: Any = book.active
    worksheet.title = sheet
    for row in (head, *rows):
        worksheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(kind: str, data: bytes, unit: Unit, by: User, *, about: str = ABOUT, at: Any = LATER) -> ImportFile:
    """Send a table; what comes of it."""
    file, _ = send_table(kind=kind, about=about, unit=unit, upload=io.BytesIO(data), name="表.xlsx", by=by, at=at)
    return ImportFile.objects.get(pk=file.pk)


def make_sent_list(*awards: Award, share: str = Share.CITY) -> PaymentList:
    """A list of the city's parts of approved awards, sent by two finance people; accounts and subjects are entered."""
    for award in awards:
        enterprise = award.application.enterprise
        save_bank_account(
            enterprise=enterprise,
            data={
                "bank_account_name": enterprise.name,
                "bank_name": "演示银行南昌分行",
                "bank_code": "102421000019",
                "bank_account": f"62220000{enterprise.pk:08d}",
            },
            expected_version=enterprise.version,
            by=enterprise.members.filter(role="legal", is_active=True).select_related("user")[0].user,
            at=LATER,
        )
    Envelope.objects.update(subject_code="2150899", subject_name="其他支出")
    first, second = payer(), payer(another=True)
    unit = first.unit_memberships.get(is_active=True).unit
    listing = prepare_list(unit=unit, share=share, district=None, policy_year=YEAR, awards=awards, by=first, at=LATER)
    send_list(payment_list=listing, expected_version=listing.version, by=second, at=LATER)
    found = PaymentList.objects.get(pk=listing.pk)
    assert found.state == ListState.SENT
    return found
