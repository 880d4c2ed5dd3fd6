"""Quotations stand in the source text; a literal stands in its quotation and reads as the value."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.lint.faults import LintFault, field, text_of, walk
from policies.lint.literals import NumberLiteral, Value, read_literals
from policies.lint.numbers import LITERAL_KINDS, NAMES, RawNumber, numbers, shown
from policies.lint.text import squeeze, stands_in, stands_whole

# Numbers inside a name are no numbers of the rule: 世界500强, 中国电子信息100强, 未来3-5年.
_RULE_KINDS = {"money", "percent", "times"}
_RULE_COUNTERS = ("人", "项", "家")
_COPY = "请从原文逐字复制引文。"


def quotation_faults(raw: Any, flat: str, sentence: str | None, path: str = "") -> Iterator[LintFault]:
    """Quotations stand in the text; a quotation with a number stands in the clause's own sentence, if there is one.

    flat, sentence: in the normal form of :func:`.text.flatten`.
    """
    for place, table in walk(raw, path):
        quote = table.get("quote")
        if not isinstance(quote, str) or not quote:
            continue  # the schema tells what is missing
        where, with_number = field(place, "quote"), "literal" in table
        if not squeeze(quote):
            yield LintFault(where, "引文只有空白。", _COPY)
        elif not stands_in(quote, flat):
            source = text_of(table, "source")
            mend = f"{_COPY}只核对本政策的原文，引自「{source}」的句子不能作为依据。" if source else _COPY
            yield LintFault(where, f"「{quote}」不在原文中。", mend)
        elif with_number and sentence is not None and not stands_in(quote, sentence):
            yield LintFault(
                where, f"「{quote}」不在本条款的原文句中。", "请引用本条款自己的句子；其他条款的数字不能作为依据。"
            )
        elif with_number and not stands_whole(quote, flat):
            yield LintFault(where, f"「{quote}」把原文中的一个数截断了。", "请把引文延长到完整的数字和单位。")


def number_faults(raw: Any, path: str = "") -> Iterator[LintFault]:
    """Literals are numbers of their quotations and read as the value that was entered."""
    for number in numbers(raw, path):
        quote, literal = text_of(number.raw, "quote"), text_of(number.raw, "literal")
        if not quote or not literal:
            continue
        printed = [found for found in read_literals(squeeze(quote)) if found.text == squeeze(literal)]
        if not printed:
            yield _no_literal(number.path, literal, quote)
        elif number.value is not None and not _reads(printed, number.kind, number.value, number.role):
            yield _other_value(number, literal, printed[0])


def _no_literal(path: str, literal: str, quote: str) -> LintFault:
    if literal in quote and literal.strip().replace(".", "").isdigit():
        mend = "“原文中的数”要连同单位一起写，例如 20亿元、50%、1倍、15项。"
    else:
        mend = "“原文中的数”应是引文中一个完整的数（连同单位），例如 20亿元、50%、1倍、15项。"
    return LintFault(field(path, "literal"), f"「{literal}」不是引文「{quote}」中的一个数。", mend)


def _reads(printed: list[NumberLiteral], kind: str, value: Value, role: str) -> bool:
    # A range gives the floor its first and the ceiling its last value; everything else reads one value.
    wanted = {"floor": slice(0, 1), "ceiling": slice(-1, None)}.get(role, slice(None))
    return any(literal.kind == LITERAL_KINDS[kind] and value in literal.values[wanted] for literal in printed)


def _other_value(number: RawNumber, literal: str, printed: NumberLiteral) -> LintFault:
    read = "、".join(shown(printed.kind, value) for value in printed.values)
    entered = f"{NAMES[number.kind]} {shown(number.kind, number.value)}"  # type: ignore[arg-type]
    return LintFault(
        field(number.path, "value"),
        f"「{literal}」读作 {read}，与所填的{entered}不符。",
        f"请把数值改为 {read}，或改引另一个数。" if len(printed.values) == 1 else "请取这一范围的下限或上限。",
    )


def unused_numbers(clause: Mapping[str, Any]) -> Iterator[LintFault]:
    """Numbers of the printed sentence that no rule cites and that are not told as untranslated."""
    used = {squeeze(text_of(number.raw, "literal")) for number in numbers(clause)}
    notes = clause.get("untranslated")
    told = squeeze("\n".join(note for note in notes if isinstance(note, str))) if isinstance(notes, list) else ""
    for literal in read_literals(squeeze(text_of(clause, "sentence"))):
        counts = literal.kind in _RULE_KINDS or (
            literal.kind == "count" and literal.in_digits and literal.text.endswith(_RULE_COUNTERS)
        )
        if counts and literal.text not in used and literal.text not in told:
            yield LintFault(
                "sentence",
                f"原文句中的「{literal.text}」没有被任何规则引用。",
                "请为它加上条件、金额或上限；不能量化的，写入“未量化的表述”并注明这个数。",
            )


def cites_nothing(clause: Mapping[str, Any]) -> bool:
    """Whether a definition has no quotation at all."""
    return not any(squeeze(text_of(table, "quote")) for _, table in walk(clause))
