"""The review of rights as a workbook: the list as it stands, or a closed review with its decisions and hash."""

import io
from collections.abc import Sequence

from openpyxl import Workbook

from accounts.models import RightsReview
from accounts.rights_list import Right, decided_rows
from common.sheets import Value, add_sheet
from common.templatetags.ui import zhdatetime

_HEAD = ("姓名", "用户名", "单位", "角色", "自何日起", "最近登录", "需留意")


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _book() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def standing_book(rights: Sequence[Right]) -> bytes:
    """The list as it stands."""
    book = _book()
    rows: list[list[Value]] = [
        [one.name, one.username, one.unit, one.role, one.since, one.last_login, "；".join(one.flags)] for one in rights
    ]
    add_sheet(book, "权限清单", _HEAD, rows)
    return _saved(book)


def review_book(review: RightsReview) -> bytes:
    """A closed review: the list as it stood, what was decided, and what proves the list."""
    book = _book()
    rows: list[list[Value]] = [
        [
            one["name"],
            one["username"],
            one["unit"],
            one["role"],
            one["since_on"],
            one["seen_at"],
            "；".join(one["flags"]),
            "结束" if one["decision"] == "end" else "保留",
            one["reason"],
        ]
        for one in decided_rows(review)
    ]
    add_sheet(book, "权限复核", (*_HEAD, "处理", "理由"), rows)
    told: list[list[Value]] = [
        ["复核人", str(review.reviewed_by)],
        ["复核时间", zhdatetime(review.reviewed_at)],
        ["说明", review.note],
        ["清单 SHA-256", review.rights_sha256],
    ]
    add_sheet(book, "复核", ("事项", "内容"), told)
    return _saved(book)
