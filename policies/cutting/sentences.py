"""Sentences of a printed text."""

import re

_END = re.compile(r"[。！？]+[”’」』）)]*(?!\d)")
_BRACKET = re.compile(r"\[[^\[\]]*单位：[^\[\]]*\]")


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; together they are the text again. A bracket of units stands with the sentence
    before it, and a stop inside “…” ends none."""
    found, start, position = [], 0, 0
    while position < len(text):
        match = _END.match(text, position)
        if match and not _inside_quotes(text[start : match.end()]):
            end = match.end()
            bracket = _BRACKET.match(text, end)
            end = bracket.end() if bracket else end
            found.append(text[start:end])
            start = position = end
        else:
            position += 1
    if start < len(text):
        found.append(text[start:])
    return found


def after_brackets(text: str) -> list[str]:
    """The text cut behind each bracket of units: what one bracket is printed for stands together."""
    found, start = [], 0
    for match in _BRACKET.finditer(text):
        found.append(text[start : match.end()])
        start = match.end()
    if start < len(text):
        found.append(text[start:])
    return found


def has_bracket(text: str) -> bool:
    """Whether a bracket of units ends the text."""
    ends = [match.end() for match in _BRACKET.finditer(text)]
    return bool(ends) and not text[ends[-1] :].strip("。 \t\u3000")


def _inside_quotes(text: str) -> bool:
    return text.count("“") > text.count("”") or text.count("（") > text.count("）")
