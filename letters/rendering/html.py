"""The HTML of a letter: Django's autoescaping templates over plain values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import segno
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from common.money import capitals, grouped
from letters.codes import grouped_token
from letters.content import Citation, FormField, Paragraph, Table
from letters.enums import LetterKind
from letters.rendering.facts import LetterFacts

DIGITS = "零一二三四五六七八九"
TITLE_LINE = 20  # characters of 22 pt in 156 mm
CLOSERS = set("，。；：、！？）》〉」』】〕”’")
OPENERS = set("（《〈「『【〔“‘")
FORBIDDEN = 1_000_000  # the price of a line break that must not be
KEPT_WORDS = ("关于", "同意", "给予", "不予", "支持", "奖励", "申报", "项目", "年度", "企业", "批复", "告知书", "通知")
DENSE_FROM = 18  # rows of a form from which on it is set smaller, to stay on one page
SHORT_VALUE, SHORT_LABEL = 24, 24  # half characters that half a row of a form holds
FORMS = {LetterKind.RECEIPT}


@dataclass(frozen=True)
class NumberedParagraph:
    """A paragraph with its sign (一、 （一） 1. （1）) and its level."""

    sign: str
    text: str
    level: int


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese figures, as headings count."""
    if not 0 < number < 100:
        raise ValueError("headings count from 1 to 99")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else DIGITS[tens] + "十")
    return head + (DIGITS[ones] if ones else "")


# Signs of the heading levels, GB/T 9704-2012 7.3.3.
SIGNS: dict[int, Callable[[int], str]] = {
    0: lambda count: "",
    1: lambda count: f"{chinese_number(count)}、",
    2: lambda count: f"（{chinese_number(count)}）",
    3: lambda count: f"{count}.",
    4: lambda count: f"（{count}）",
}


def numbered(paragraphs: Iterable[Paragraph]) -> list[NumberedParagraph]:
    """Give headings their signs; a deeper level starts anew below each higher one."""
    counts = [0] * len(SIGNS)
    result = []
    for paragraph in paragraphs:
        level = paragraph.level
        counts[level] += 1
        if level:
            counts[level + 1 :] = [0] * (len(SIGNS) - level - 1)
        result.append(NumberedParagraph(SIGNS[level](counts[level]), paragraph.text, level))
    return result


def date_text(day: date) -> str:
    """成文日期: Arabic figures without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def title_lines(title: str, keep: Iterable[str] = (), width: int = TITLE_LINE) -> list[str]:
    """Break a long title into centred lines: few, of similar length, complete in meaning (GB/T 9704-2012 7.3.1).

    keep: names that stay in one piece where they fit on a line. Never breaks inside a Latin word or number, before
    a closing or after an opening sign; likes to break before 关于.
    """
    kept = [*KEPT_WORDS, *(name for name in keep if name and len(name) <= width)]
    fewest = -(-len(title) // width)
    layouts = [_title_layout(title, kept, count, width) for count in (fewest, fewest + 1)]
    cost, cuts = min(layouts[:1] if fewest == 1 else layouts)
    edges = [0, *cuts, len(title)]
    return [title[start:end] for start, end in pairwise(edges)] if cost < FORBIDDEN else [title]


def _title_layout(title: str, kept: list[str], count: int, width: int) -> tuple[int, tuple[int, ...]]:
    """The cheapest way to cut a title into `count` lines: its cost and the places of the cuts."""
    target = -(-len(title) // count)
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for line in range(count):
        last = line == count - 1
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        for start, (cost, cuts) in best.items():
            for end in [len(title)] if last else range(start + 1, min(start + width, len(title) - 1) + 1):
                length = end - start
                price = cost + (length - target) ** 2 + (FORBIDDEN if length > width else 0)
                if not last:
                    price += _cut_price(title, end, kept) + 20
                entry = (price, cuts if last else (*cuts, end))
                if end not in following or entry < following[end]:
                    following[end] = entry
        best = following
    return best.get(len(title), (FORBIDDEN, ()))


def _cut_price(title: str, cut: int, kept: list[str]) -> int:
    """How bad it is to begin a new line at this place."""
    before, after = title[cut - 1], title[cut]
    inside_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    if inside_word or after in CLOSERS or before in OPENERS:
        return FORBIDDEN
    for word in kept:
        start = title.find(word)
        while start >= 0:
            if start < cut < start + len(word):
                return 400
            start = title.find(word, start + 1)
    return -10 if title.startswith("关于", cut) else 0


def citation_text(citation: Citation) -> str:
    """《title》（number）place：“quote”."""
    number = f"（{citation.number}）" if citation.number else ""
    place = f"{citation.locator}" if citation.locator else ""
    quote = f"：“{citation.quote}”" if citation.quote else ""
    return f"《{citation.document}》{number}{place}{quote}"


def qr_svg(url: str) -> SafeString:
    """The QR code of an address as an inline drawing (no image file is fetched); error correction M."""
    svg = segno.make(url, error="m", micro=False).svg_inline(scale=1, border=0, omitsize=True, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - drawn by segno, holds no text of ours


def stylesheet_names(kind: str) -> tuple[str, ...]:
    """Style sheets of a kind, general first."""
    return ("letter.css", "form.css") if kind in FORMS else ("letter.css",)


def size_text(size: int) -> str:
    """Bytes in the unit a person reads."""
    if size >= 1024 * 1024:
        return f"{size / (1024 * 1024):.1f} MB"
    return f"{max(1, round(size / 1024))} KB" if size else ""


def table_rows(table: Table | None) -> list[list[dict[str, object]]]:
    """Cells with the alignment of their column."""
    if table is None:
        return []
    return [
        [{"text": cell, "numeric": column.numeric} for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]


def _width(text: str) -> int:
    """Printed width in half characters: Latin letters and figures take one, everything else two."""
    return sum(1 if character.isascii() else 2 for character in text)


def form_rows(fields: Iterable[FormField]) -> list[list[FormField]]:
    """Two short fields share a row of the form; a long one has a row of its own. The order stays."""
    rows: list[list[FormField]] = []
    open_row = False
    for item in fields:
        short = _width(item.value) <= SHORT_VALUE and _width(item.label) <= SHORT_LABEL and "\n" not in item.value
        if short and open_row:
            rows[-1].append(item)
            open_row = False
        else:
            rows.append([item])
            open_row = short
    return rows


def mark_class(unit: str) -> str:
    """The size of the red head: names of up to 31 characters fit on one line of 170 mm."""
    for limit, name in ((12, "mark-l"), (16, "mark-m"), (21, "mark-s"), (31, "mark-xs")):
        if len(unit) <= limit:
            return name
    return "mark-xs mark-wrap"


def letter_html(facts: LetterFacts, *, tight: bool = False) -> str:
    """The complete source of a letter; every value is escaped by the template engine. tight: closer spacing."""
    content = facts.content
    amount = None
    if content.amount_fen is not None:
        amount = {
            "label": content.amount_label,
            "figures": grouped(content.amount_fen),
            "capitals": capitals(content.amount_fen),
        }
    name = "form" if facts.kind in FORMS else "letter"
    rows_of_form = form_rows(content.fields)
    return render_to_string(
        f"letters/pdf/{name}.html",
        {
            "facts": facts,
            "content": content,
            "mark_class": mark_class(facts.unit),
            "title_lines": title_lines(facts.title, keep=(content.recipient, facts.unit)),
            "paragraphs": numbered(content.paragraphs),
            "closing": numbered(content.closing),
            "basis": [citation_text(citation) for citation in content.basis],
            "amount": amount,
            "form_rows": rows_of_form,
            "tight": tight,
            "dense": len(rows_of_form) + len(content.documents) >= DENSE_FROM,
            "rows": table_rows(content.table),
            "documents": [
                {"name": document.name, "head": document.sha256[:16], "size": size_text(document.size)}
                for document in content.documents
            ],
            "signer": content.signer or facts.unit,
            "dated": date_text(content.dated or facts.issued_on),
            "created": facts.issued_on.isoformat(),
            "code": grouped_token(facts.token),
            "qr": qr_svg(facts.verify_url),
        },
    )
