"""The HTML of a letter: Django's autoescaping templates over plain values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil

import segno
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from common.money import capitals, grouped
from letters.codes import grouped_token
from letters.content import Citation, FormField, LetterContent, Paragraph, Table
from letters.enums import LetterKind
from letters.rendering.facts import LetterFacts
from letters.rendering.titles import title_lines

DIGITS = "零一二三四五六七八九"
DENSE_FROM = 18  # rows of a form from which on it is set smaller, to stay on one page
ROOMY_UPTO = 8  # rows of a form up to which it is set larger
SHORT_VALUE, SHORT_LABEL = 24, 24  # half characters that half a row of a form holds
FORMS = {LetterKind.RECEIPT}
#: Kinds for everybody to read have the general format (文件格式); a letter to one addressee has 信函格式.
DOCUMENTS = {LetterKind.PUBLICITY}
LONG_TABLE = 14  # rows from which on a table is an annex on pages of its own
HEADING_LENGTH = 40  # characters up to which a numbered paragraph is a heading
SHARES = 48  # a table's width in classes of letter.css
TABLE_WIDTH = 73  # half characters of 12 pt in 156 mm
FIRM, WIDEST = 10, 60  # half characters up to which a column never wraps, and from which on a wider one gets no more
COPIES_LINE = 25  # characters of 14 pt beside 抄送： on one line, one less than fit


@dataclass(frozen=True)
class NumberedParagraph:
    """A paragraph with its sign (一、 （一） 1. （1）) and its level. heading: the rank in the outline, 0 for text."""

    sign: str
    text: str
    level: int

    @property
    def heading(self) -> int:
        short = len(self.text) <= HEADING_LENGTH and "\n" not in self.text
        return self.level + 1 if self.level in (1, 2) and short else 0


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


def citation_text(citation: Citation) -> str:
    """《title》（number）place：“quote”; quotation marks inside the quotation are single ones (GB/T 15834-2011 4.8)."""
    number = f"（{citation.number}）" if citation.number else ""
    place = f"{citation.locator}" if citation.locator else ""
    inner = citation.quote.replace("“", "‘").replace("”", "’")
    quote = f"：“{inner}”" if inner else ""
    return f"《{citation.document}》{number}{place}{quote}"


def qr_svg(url: str) -> SafeString:
    """The QR code of an address as an inline drawing (no image file is fetched); error correction M."""
    svg = segno.make(url, error="m", micro=False).svg_inline(
        scale=1, border=0, omitsize=True, lineclass=None, title=f"核验二维码：{url}"
    )
    return mark_safe(svg)  # noqa: S308 - drawn by segno, which escapes the title (read aloud instead of the drawing)


def stylesheet_names(kind: str) -> tuple[str, ...]:
    """Style sheets of a kind, general first."""
    if kind in FORMS:
        return ("letter.css", "form.css")
    return ("letter.css", "document.css") if kind in DOCUMENTS else ("letter.css",)


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


def column_shares(table: Table | None) -> list[int]:
    """Width of each column in 48ths of the text block (classes of letter.css).

    Figures keep their natural width, other columns share the rest after what they hold. Left to find widths itself,
    WeasyPrint measures every character of every cell: half of the time of a long table.
    """
    if table is None:
        return []
    texts = (
        [[column.title, *cells] for column, cells in zip(table.columns, zip(*table.rows, strict=True), strict=True)]
        if table.rows
        else [[column.title] for column in table.columns]
    )
    natural = [max(map(_width, column)) + 2 for column in texts]
    firm = [
        ceil(size * SHARES / TABLE_WIDTH) if column.numeric or size <= FIRM else 0
        for size, column in zip(natural, table.columns, strict=True)
    ]
    loose = sum(min(size, WIDEST) for size, share in zip(natural, firm, strict=True) if not share)
    rest = SHARES - sum(firm)
    if not loose or rest < 6 * firm.count(0):
        total = sum(natural)
        return [max(1, size * SHARES // total) for size in natural]
    return [share or rest * min(size, WIDEST) // loose for size, share in zip(natural, firm, strict=True)]


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


def mark_class(head: str, *, document: bool = False) -> str:
    """The size of the red head: up to 31 characters fit on one line of 170 mm; the general format has it larger."""
    if document and len(head) <= 10:
        return "mark-xl"
    for limit, name in ((12, "mark-l"), (16, "mark-m"), (21, "mark-s"), (31, "mark-xs")):
        if len(head) <= limit:
            return name
    return "mark-xs mark-wrap"


def copies_lines(names: Iterable[str]) -> int:
    """How many lines 抄送 takes at most: the room that the foot of the last page keeps for it."""
    length = sum(len(name) + 1 for name in names)
    return -(-length // COPIES_LINE)


def annex_names(content: LetterContent, *, with_table: bool) -> tuple[str, ...]:
    """The names under 附件: a table on pages of its own comes first, then what the content lists."""
    if not with_table or content.table is None:
        return content.attachments
    name = content.table.caption or "明细表"
    return (name, *(other for other in content.attachments if other != name))


def unsealed_text(signed_by: str) -> str:
    """附注 of a copy without a seal; a digital signature is told with the name of its certificate."""
    signed = f"，已由“{signed_by}”电子签名" if signed_by else ""
    return f"此件未加盖印章{signed}，真伪以核验结果为准"


def is_roomy(facts: LetterFacts) -> bool:
    """Whether a form has so few rows that it may be set larger."""
    content = facts.content
    return facts.kind in FORMS and len(form_rows(content.fields)) + len(content.documents) <= ROOMY_UPTO


def letter_html(facts: LetterFacts, *, roomy: bool = True, tight: bool = False) -> str:
    """The complete source of a letter; every value is escaped by the template engine.

    roomy: a short form is set larger; tight: closer spacing, never together with the larger sizes.
    """
    content = facts.content
    amount = None
    if content.amount_fen is not None:
        amount = {
            "label": content.amount_label,
            "figures": grouped(content.amount_fen),
            "capitals": capitals(content.amount_fen),
        }
    form, document = facts.kind in FORMS, facts.kind in DOCUMENTS
    # A 公示 has its list behind the signature whatever its length, other letters a long table only.
    annexed = not form and content.table is not None and (document or len(content.table.rows) >= LONG_TABLE)
    head = f"{facts.unit}文件" if document else facts.unit
    names = annex_names(content, with_table=annexed)
    rows_of_form = form_rows(content.fields)
    return render_to_string(
        "letters/pdf/form.html" if form else "letters/pdf/letter.html",
        {
            "facts": facts,
            "content": content,
            "document": document,
            "head": head,
            "mark_class": mark_class(head, document=document),
            "title_lines": title_lines(facts.title, keep=(content.recipient, facts.unit)),
            "paragraphs": numbered(content.paragraphs),
            "closing": numbered(content.closing),
            "basis": [citation_text(citation) for citation in content.basis],
            "amount": amount,
            "form_rows": rows_of_form,
            "tight": tight,
            "roomy": roomy and not tight and is_roomy(facts),
            "dense": len(rows_of_form) + len(content.documents) >= DENSE_FROM,
            "annexed": annexed,
            "annexes": names,
            "annex_mark": "附件1" if len(names) > 1 else "附件",
            "annex_lines": title_lines(names[0]) if annexed else [],
            "rows": table_rows(content.table),
            "shares": column_shares(content.table),
            "documents": [
                {"name": filed.name, "head": filed.sha256[:16], "size": size_text(filed.size)}
                for filed in content.documents
            ],
            "signer": content.signer or facts.unit,
            "dated": date_text(content.dated or facts.issued_on),
            "printed_on": date_text(facts.issued_on),
            "unsealed": unsealed_text(facts.signed_by),
            "copies_room": range(copies_lines(content.copies_to)),
            "created": facts.issued_on.isoformat(),
            "code": grouped_token(facts.token),
            "qr": qr_svg(facts.verify_url),
        },
    )
