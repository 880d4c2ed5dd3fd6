"""A report as plain text for a terminal: tables whose columns stand straight although Chinese signs are two wide."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence

from awards.reports import MoverRow, Report, Row, difference_words, section_words
from common.money import grouped
from policies.rules.change import Adjustable

#: What would move a terminal's cursor or turn the direction of the text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def plain(text: str) -> str:
    """A text of somebody else's on one line, without signs that a terminal would act on."""
    return _CONTROL.sub(" ", text)


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "FWA" else 1 for sign in text
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """A table; the columns in `right` are aligned to the right."""
    lines = [[plain(cell) for cell in row] for row in (head, *rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(head))]

    def drawn(line: Sequence[str]) -> str:
        cells = []
        for column, cell in enumerate(line):
            gap = " " * (widths[column] - width(cell))
            cells.append(gap + cell if column in right else cell + gap)
        return "  ".join(cells).rstrip()

    return "\n".join([drawn(lines[0]), "-" * (sum(widths) + 2 * (len(widths) - 1)), *map(drawn, lines[1:])])


def _sums(title: str, rows: Sequence[Row], whole: Row) -> str:
    head = (title, "申报件", "受影响", "变为符合", "不再符合", "变更前（元）", "变更后（元）", "差额（元）")
    body = [
        (
            row.label,
            *(f"{getattr(row.sums, name):,}" for name in ("files", "touched", "opened", "closed")),
            grouped(row.sums.before),
            grouped(row.sums.after),
            row.words,
        )
        for row in (*rows, whole)
    ]
    return table(head, body, right=frozenset(range(1, 8)))


def _movers(title: str, rows: Sequence[MoverRow]) -> str:
    if not rows:
        return f"{title}：无"
    head = (title, "县区", "变更前（元）", "变更后（元）", "差额（元）")
    body = [(row.enterprise, row.district, grouped(row.before), grouped(row.after), row.words) for row in rows]
    return table(head, body, right=frozenset({2, 3, 4}))


def render(report: Report) -> str:
    """The whole report."""
    whole = report.impact.whole
    scope = "，包括不予支持的申报" if report.include_refused else ""
    blocks = [f"{report.policy} {report.policy_year} 年度 政策模拟{scope}"]
    if report.note:
        blocks.append(f"说明：{plain(report.note)}")
    changes = [(section_words(one["section"]), one["label"], one["before"], one["after"]) for one in report.changed]
    blocks.append(table(("变更", "内容", "变更前", "变更后"), changes))
    total = [("合计（元）", grouped(whole.before), grouped(whole.after), difference_words(whole.after - whole.before))]
    blocks.append(table(("", "变更前", "变更后", "差额"), total, right=frozenset({1, 2, 3})))
    blocks.append("\n".join(f"{label}：{value}" for label, value in report.figures))
    blocks.append(_sums("按条款", report.clauses, report.whole))
    blocks.append(_sums("按县区", report.districts, report.whole))
    blocks.append(_movers("金额增加", report.gainers))
    blocks.append(_movers("金额减少", report.losers))
    if sentences := [*report.impact.warnings, *report.notes]:
        blocks.append("提示：\n" + "\n".join(f"- {plain(sentence)}" for sentence in sentences))
    if report.left_out.count:
        files = report.left_out.files
        listed = [(str(one["number"]), one["enterprise"], one["clause"], one["reason"]) for one in files]
        more = report.left_out.count - len(files)
        blocks.append(
            f"未计入的申报 {report.left_out.count:,} 件：\n"
            + table(("编号", "企业", "条款", "原因"), listed)
            + (f"\n……另有 {more:,} 件" if more else "")
        )
    return "\n\n".join(blocks) + "\n"


def render_places(places: Iterable[Adjustable]) -> str:
    """Every place that a change may name, with its present value."""
    rows = [
        (one.section, one.key, one.label, one.shown, _written(one), "可取消（null）" if one.optional else "")
        for one in places
    ]
    return table(("部分", "键", "含义", "现行", "写法", ""), rows) + "\n"


def _written(place: Adjustable) -> str:
    """Today's value as a change document writes it; of a choice every value, with what it means."""
    if place.kind == "part":
        return "null"
    if place.options:
        pairs = zip(place.options, place.option_labels, strict=True)
        return "、".join(f"{json.dumps(value)}（{words}）" for value, words in pairs)
    return json.dumps(place.value, ensure_ascii=False)
