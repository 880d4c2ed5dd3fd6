"""A comparison goes the way its quotation says: 20亿元以上 is ge, 超过 gt, 不超过 le, 不足 lt."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.lint.faults import LintFault, entries, field, text_of
from policies.lint.text import squeeze

#: Words right before the number. The longer ones come first: 不超过 ends with 超过 and means the opposite.
_BEFORE = (
    *((word, "le") for word in ("不超过", "不高于", "不多于", "不大于", "最高")),
    *((word, "ge") for word in ("不低于", "不少于", "不小于", "达到")),
    *((word, "gt") for word in ("超过", "高于", "多于", "大于")),
    *((word, "lt") for word in ("低于", "少于", "小于", "不足")),
)
_AFTER = (*((word, "ge") for word in ("以上", "及以上")), *((word, "le") for word in ("以下", "及以下", "以内")))
_NAMES = {"ge": "达到", "gt": "超过", "le": "不超过", "lt": "低于"}


def operator_faults(clause: Mapping[str, Any]) -> Iterator[LintFault]:
    """Comparisons that say plainly otherwise than the words beside their number.

    Where words contradict each other, or stand inside a negation, nothing is told.
    """
    for path, item in entries(clause, "conditions"):
        yield from _condition(path, item)


def _condition(path: str, item: Mapping[str, Any]) -> Iterator[LintFault]:
    kind = item.get("kind")
    if kind in ("all", "any"):
        for place, part in entries(item, "of", path):
            yield from _condition(place, part)
    number = item.get({"compare": "value", "growth": "by"}.get(str(kind), ""))
    op = item.get("op", "ge")
    if not isinstance(number, Mapping) or not isinstance(op, str) or op not in _NAMES:
        return
    quote, literal = text_of(number, "quote"), text_of(number, "literal")
    said = _said(squeeze(quote), squeeze(literal))
    if len(said) == 1 and op not in {meant for _, meant in said}:
        word, meant = next(iter(said))
        yield LintFault(
            field(path, "op"),
            f"引文在「{literal}」旁写的是“{word}”，比较方式却是“{_NAMES[op]}”。",
            f"请改为“{_NAMES[meant]}”，或改引另一个数。",
        )


def _said(quote: str, literal: str) -> set[tuple[str, str]]:
    """(word, comparison) beside the number, wherever it stands in the quotation; one entry if all agree."""
    found: set[tuple[str, str]] = set()
    start = quote.find(literal) if literal else -1
    while start >= 0:
        before, after = quote[:start], quote[start + len(literal) :]
        found |= {next((pair for pair in _BEFORE if before.endswith(pair[0])), ("", ""))}
        found |= {next((pair for pair in _AFTER if after.startswith(pair[0])), ("", ""))}
        start = quote.find(literal, start + 1)
    found.discard(("", ""))
    meanings = {meant for _, meant in found}
    return {min(found)} if len(meanings) == 1 else set()
