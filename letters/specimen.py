"""How a letter reads with other standing words: a specimen that is never stored and takes no number.

It is made from a letter that exists, or from examples. An administrator decides no cases and reads no files, so of a
real letter only its standing words are shown, filled with that case's clause, year, numbers, days and amounts; the
name is masked, and everything that the case itself says (reasons, points, figures, documents, the working) is replaced
by signs of the same length: what remains real is the layout.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from letters.content import FiledDocument, FormField, LetterContent, Paragraph, Table
from letters.enums import TextKind, TextSlot
from letters.models import Letter
from letters.placeholders import EXAMPLES, allowed_in, fill
from letters.texts import BASES, base_of, owner_of

Texts = Mapping[tuple[str, str], str]

HIDDEN = "＊"
_KEPT_SIGNS = frozenset("，。；：、！？（）《》“”‘’,.;:!?()/-— \n")
#: Kinds that tell an amount below their paragraphs.
_WITH_AMOUNT = (TextKind.APPROVAL, TextKind.PAYMENT_NOTICE, TextKind.RECOVERY_NOTICE)


@dataclass(frozen=True)
class Specimen:
    """A letter to look at: title, content, the full name of the unit, and the number of the letter it was made from
    (empty: from examples)."""

    title: str
    content: LetterContent
    unit: str
    after: str


def masked(text: str) -> str:
    """A text of the case as signs of the same length; punctuation and line ends stay."""
    return "".join(sign if sign in _KEPT_SIGNS else HIDDEN for sign in text)


def masked_name(name: str) -> str:
    """A name of which the head and the form of the enterprise can be read; of a person's name one character."""
    tail = next((form for form in ("有限责任公司", "股份有限公司", "有限公司", "公司") if name.endswith(form)), "")
    head = name[: 2 if tail else 1]
    return f"{head}{HIDDEN * max(len(name) - len(head) - len(tail), 1)}{tail}"


#: Values that tell of whom or what was found; the others are the clause, the year, numbers, days and amounts.
_MASKED_VALUES: dict[str, Callable[[str], str]] = {
    "企业名称": masked_name,
    "所涉事项": masked,
    "处理结果": masked,
    "核定说明": masked,
    "联系方式": masked,
}


def from_letter(letter: Letter, content: LetterContent, texts: Texts) -> Specimen:
    """The specimen of an existing letter with these words. Raises PlaceholderError where a value lacks."""
    values = {item.label: item.value for item in content.values}
    values |= {name: mask(values[name]) for name, mask in _MASKED_VALUES.items() if name in values}
    return Specimen(
        title=_title(content.template, texts, values, letter.title),
        content=replace(
            content,
            recipient=masked_name(content.recipient),
            paragraphs=_reworded(content.paragraphs, texts, values),
            closing=_reworded(content.closing, texts, values),
            next_steps=_next_steps(content.template, texts, values, content.next_steps) if content.next_steps else (),
            table=_masked_table(content.table),
            fields=tuple(FormField(item.label, masked(item.value)) for item in content.fields),
            documents=tuple(FiledDocument(masked(one.name), "0" * 64, one.size) for one in content.documents),
            attachments=tuple(masked(name) for name in content.attachments),
            remarks=tuple(masked(remark) for remark in content.remarks),
            contact=masked(content.contact),
        ),
        unit=letter.unit.full_name,
        after=letter.number or "",
    )


def from_examples(kind: str, texts: Texts) -> Specimen:
    """The specimen of a kind of which no letter exists yet."""
    values = {name: EXAMPLES[name] for name in allowed_in(kind)} | {
        name: EXAMPLES[name] for name in allowed_in(BASES.get(kind, kind))
    }
    case = Paragraph("（此处为案卷内容：理由、补正事项或核查情况，由办理人员填写。）", level=3)
    parts = {
        slot: _lines(kind, slot, texts, values)
        for slot in (TextSlot.OPENING, TextSlot.DECISION, TextSlot.REMEDIES, TextSlot.CLOSING)
    }
    is_form, is_public = base_of(kind) == TextKind.RECEIPT, kind == TextKind.PUBLICITY
    # What follows is a list in a form, a numbered paragraph in a letter, and the last word of a 公示.
    follows = () if is_form else _lines(kind, TextSlot.NEXT_STEPS, texts, values)
    body = parts[TextSlot.DECISION] or (() if is_form or is_public else (case,))
    content = LetterContent(
        recipient="各有关单位和个人" if is_public else EXAMPLES["企业名称"],
        paragraphs=(
            *parts[TextSlot.OPENING],
            *body,
            *(() if is_public else (replace(line, level=3) for line in follows)),
        ),
        amount_fen=600_714 if kind in _WITH_AMOUNT else None,
        closing=(*parts[TextSlot.REMEDIES], *parts[TextSlot.CLOSING], *(follows if is_public else ())),
        fields=(FormField("申报编号", EXAMPLES["受理编号"]), FormField("申报条款", EXAMPLES["事项名称"]))
        if is_form
        else (),
        next_steps=_next_steps(kind, texts, values, ()) if is_form else (),
        template=kind,
    )
    return Specimen(_title(kind, texts, values, str(TextKind(kind).label)), content, EXAMPLES["单位名称"], "")


def _title(kind: str, texts: Texts, values: Mapping[str, str], present: str) -> str:
    text = texts.get((owner_of(kind, TextSlot.TITLE), TextSlot.TITLE))
    return fill(text, values) if text else present


def _lines(kind: str, slot: str, texts: Texts, values: Mapping[str, str]) -> tuple[Paragraph, ...]:
    owner = owner_of(kind, slot)
    text = texts.get((owner, slot), "")
    return tuple(Paragraph(line, source=f"{owner}.{slot}") for line in fill(text, values).splitlines() if line.strip())


def _reworded(paragraphs: tuple[Paragraph, ...], texts: Texts, values: Mapping[str, str]) -> tuple[Paragraph, ...]:
    """Standing paragraphs with the new words, those of the case as signs."""
    found: list[Paragraph] = []
    for source, group in groupby(paragraphs, key=lambda paragraph: paragraph.source):
        owner, _, slot = source.partition(".")
        if (owner, slot) in texts:
            level = next(group).level
            found += [replace(line, level=level) for line in _lines(owner, slot, texts, values)]
        else:
            found += [replace(paragraph, text=masked(paragraph.text)) for paragraph in group]
    return tuple(found)


def _next_steps(kind: str, texts: Texts, values: Mapping[str, str], present: tuple[str, ...]) -> tuple[str, ...]:
    text = texts.get((owner_of(kind, TextSlot.NEXT_STEPS), TextSlot.NEXT_STEPS))
    if text is None:
        return tuple(masked(step) for step in present)
    return tuple(line for line in fill(text, values).splitlines() if line.strip())


def _masked_table(table: Table | None) -> Table | None:
    if table is None:
        return None
    rows = tuple(tuple(masked(cell) for cell in row) for row in table.rows)
    return replace(table, rows=rows)
