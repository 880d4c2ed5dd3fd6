"""A sent payment list as files for the treasury: Excel to load, PDF to sign. Accounts stand in them in full."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from awards.enums import Share
from awards.models import Payment, PaymentList
from common.sheets import Fen, Value, fill
from common.templatetags.ui import capitals, zhdate
from common.workdays import local_day
from letters.rendering import Printed, print_pages

#: Head and width of each column; the import of results (表格导入) finds 序号, 账号 and 金额 by these names.
COLUMNS: Final[tuple[tuple[str, float], ...]] = (
    ("序号", 6),
    ("户名", 32),
    ("开户行", 28),
    ("行号", 16),
    ("账号", 26),
    ("金额（元）", 18),
    ("金额大写", 34),
    ("用途", 38),
    ("预算科目", 24),
    ("备注", 16),
)
#: The rows above the head: title, and what the list is.
HEAD_ROW: Final = 3
_AMOUNT = 6
_LINE = Side(style="thin", color="999999")


def title_of(listing: PaymentList) -> str:
    """What stands on top of both files."""
    return f"{listing.policy_year}年度奖补资金拨付清单"


def budget_of(listing: PaymentList) -> str:
    """Whose budget pays, in words."""
    return Share.CITY.label if listing.district is None else f"{Share.DISTRICT.label}（{listing.district.name}）"


def note_of(row: Payment) -> str:
    """What a row says beside (备注): that it takes the place of one that came back."""
    return "重新拨付" if row.follows_id else ""


def payment_spreadsheet(listing: PaymentList, rows: Sequence[Payment]) -> bytes:
    """The list as an .xlsx file: bank code and account are texts, the amount is a number, nothing is a formula."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "拨付清单"
    _head(sheet, listing)
    for number, row in enumerate(rows, start=HEAD_ROW + 1):
        _line(
            sheet,
            number,
            [
                row.row,
                row.account_name,
                row.bank_name,
                row.bank_code,
                row.account_number,
                Fen(row.amount_fen),
                capitals(row.amount_fen),
                row.purpose,
                row.subject,
                note_of(row),
            ],
        )
    last = HEAD_ROW + len(rows) + 1
    total: list[Value] = ["合计", f"{listing.count} 笔", "", "", "", Fen(listing.total_fen)]
    _line(sheet, last, [*total, capitals(listing.total_fen), "", "", ""], bold=True)
    people = [
        ("经办", listing.prepared_by.name),
        ("审核", listing.sent_by.name if listing.sent_by else ""),
        ("负责人", ""),
    ]
    signatures = (" " * 8).join(f"{role}：{name}" for role, name in people)
    _merged(sheet, last + 2, f"{signatures}{' ' * 8}（本件由系统生成，未加盖印章）")
    sheet.freeze_panes = sheet.cell(row=HEAD_ROW + 1, column=3)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _head(sheet: Any, listing: PaymentList) -> None:
    _merged(sheet, 1, title_of(listing), bold=True)
    sheet.cell(row=1, column=1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 28
    sent = f"    送拨付：{zhdate(local_day(listing.sent_at))}" if listing.sent_at else ""
    due = f"    拨付期限：{zhdate(listing.due_on)}" if listing.due_on else ""
    about = f"清单编号：{listing.number}    拨付单位：{listing.unit.full_name}    资金级次：{budget_of(listing)}"
    _merged(sheet, 2, f"{about}{sent}{due}")
    for column, (label, width) in enumerate(COLUMNS, start=1):
        cell = sheet.cell(row=HEAD_ROW, column=column)
        fill(cell, label)
        cell.font, cell.border = Font(bold=True), Border(_LINE, _LINE, _LINE, _LINE)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = width


def _merged(sheet: Any, row: int, text: str, *, bold: bool = False) -> None:
    cell = sheet.cell(row=row, column=1)
    fill(cell, text)
    cell.font = Font(bold=bold, size=15 if bold else 11)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(COLUMNS))


def _line(sheet: Any, number: int, values: Sequence[Value], *, bold: bool = False) -> None:
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(row=number, column=column)
        fill(cell, value)
        cell.border, cell.font = Border(_LINE, _LINE, _LINE, _LINE), Font(bold=bold)
        cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="center")
        if isinstance(value, str):
            # 18 digits are no number: the program would round an account to 15 of them.
            cell.number_format = "@"


def payment_pdf(listing: PaymentList, rows: Sequence[Payment]) -> Printed:
    """The list on A4 across. Characters that no font has are told on the first page, which takes a second printing."""
    css = (Path(__file__).parent / "styles" / "payment_list.css").read_text(encoding="utf-8")
    context = {
        "list": listing,
        "title": title_of(listing),
        "budget": budget_of(listing),
        "rows": [
            {
                name: getattr(row, name)
                for name in (
                    "row",
                    "account_name",
                    "bank_name",
                    "bank_code",
                    "account_number",
                    "amount_fen",
                    "purpose",
                    "subject",
                )
            }
            | {"note": note_of(row)}
            for row in rows
        ],
    }
    printed = print_pages(render_to_string("awards/print/payment_list.html", context), css=css)
    if printed.unprinted:
        codes = "、".join(f"U+{ord(character):04X}" for character in sorted(printed.unprinted))
        html = render_to_string("awards/print/payment_list.html", context | {"unprinted": codes})
        printed = print_pages(html, css=css)
    return printed
