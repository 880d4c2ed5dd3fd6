"""What a list of cases or tasks shows, as an .xlsx: the same filters, order and columns, read in pieces."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.utils.datastructures import MultiValueDict
from openpyxl import Workbook

from accounts.models import User
from common.errors import Invalid
from common.money import grouped
from common.sheets import MAX_ROWS, StreamedSheet, Value
from common.templatetags.ui import zhdate, zhdatetime
from common.workdays import local_day
from reviews.columns import sortable
from reviews.enums import ListPage
from reviews.exports.progress import Progress
from reviews.models import Export
from reviews.queries.filters import LABELS
from reviews.queries.queue import TABS, Listing, read

#: Rows that are read, and whose related rows are loaded, at a time.
CHUNK = 1000
_AMOUNTS = {"amount_from", "amount_to"}
_WIDE = {"enterprise": 36, "clause": 40, "unit": 28, "uscc": 22, "panel": 30, "year": 10, "left": 12}


def listing_of(content: Mapping[str, Any], user: User, *, today: date) -> Listing:
    """The list that an export asks for, as this person sees it today."""
    params: MultiValueDict[str, str] = MultiValueDict(parse_qs(content["query"]))
    if content.get("columns"):
        params["cols"] = ",".join(content["columns"])
    return read(user, ListPage(content["page"]), params, today=today)


def write(export: Export, folder: Path, progress: Progress, at: datetime) -> tuple[Path, int]:
    """Write the workbook into the folder; its path and the number of rows.

    Raises Invalid where the list has more rows than a sheet can hold, or takes too long.
    """
    content = export.query
    listing = listing_of(content, export.owner, today=local_day(at))
    rows = listing.ordered()
    if content.get("selected"):
        rows = rows.filter(pk__in=content["selected"])
    total = rows.order_by().count()
    if total >= MAX_ROWS:
        raise Invalid(f"共 {total:,} 行，超过一张表格的上限，请缩小筛选范围后导出。")
    progress.tell(0, total)
    parts = [part for column in listing.columns for part in column.parts]
    book = Workbook(write_only=True)
    widths = [_WIDE.get(part.key, 18) for part in parts]
    sheet = StreamedSheet(book, ListPage(listing.page).label, [part.label for part in parts], widths=widths)
    count = 0
    for row in listing.rows(rows.iterator(chunk_size=CHUNK)):
        sheet.add([part.value(row) for part in parts])
        count += 1
        if count % CHUNK == 0:
            progress.tell(count, total)
    about = StreamedSheet(book, "说明", ["项目", "内容"], widths=[24, 60])
    for line in _about(export, listing, count, at):
        about.add(line)
    path = folder / "list.xlsx"
    book.save(path)
    progress.tell(count, max(count, total))
    return path, count


def _about(export: Export, listing: Listing, count: int, at: datetime) -> list[tuple[Value, Value]]:
    """What was filtered, when, and by whom."""
    lines: list[tuple[Value, Value]] = [("列表", ListPage(listing.page).label)]
    if listing.tab:
        lines.append(("分类", TABS[listing.tab]))
    for name, label in LABELS.items():
        if value := getattr(listing.filters, name):
            lines.append((label, _words(listing, name, value)))
    if not listing.filtered:
        lines.append(("筛选", "没有筛选"))
    lines += [("未识别的条件", sentence) for sentence in listing.faults]
    if export.query.get("selected"):
        lines.append(("范围", "仅所勾选的件"))
    order = sortable(listing.page)[listing.sort.removeprefix("-")]
    return [
        *lines,
        ("排序", f"按{order}{'降序' if listing.sort.startswith('-') else '升序'}"),
        ("行数", count),
        ("导出人", f"{export.owner.name}（{export.owner.get_username()}）"),
        ("提出时间", zhdatetime(export.asked_at)),
        ("生成时间", zhdatetime(at)),
        ("说明", "金额单位为元；内容为生成时间的情况，仅限办理工作使用。"),
    ]


def _words(listing: Listing, name: str, value: Any) -> str:
    if name in _AMOUNTS:
        return f"{grouped(value)} 元"
    if isinstance(value, date):
        return zhdate(value)
    return listing.offer.label(name, str(value))
