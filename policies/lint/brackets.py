"""Reader of the units bracket that ends a sentence of the policy, exactly as printed.

`[牵头单位：市商务局、市工信局；配合单位：…；责任单位：…]` – order counts (the first lead keeps the file),
a role that is not printed has nobody, and 、 inside （…） does not separate.
"""

import re
from dataclasses import dataclass

ROLE_LABELS = {"牵头单位": "lead", "配合单位": "cooperating", "责任单位": "responsible"}

_PAIRS = {"（": "）", "(": ")"}


class BracketError(ValueError):
    """The text is not a units bracket; the message is a Chinese sentence that says where it goes wrong."""


@dataclass(frozen=True)
class Bracket:
    """The printed names of the units by role, in printed order."""

    lead: tuple[str, ...] = ()
    cooperating: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()


def parse_bracket(text: str) -> Bracket:
    """Read one printed bracket; raises BracketError for anything else than roles, each once, with names."""
    bare = re.sub(r"\s+", "", text)
    if not (bare.startswith("[") and bare.endswith("]")):
        raise BracketError(f"「{text}」不是以 [ 开始、以 ] 结束的单位方括号。")
    roles: dict[str, tuple[str, ...]] = {}
    for part in bare[1:-1].split("；"):
        label, colon, names = part.partition("：")
        if not colon or label not in ROLE_LABELS:
            raise BracketError(f"「{part}」不是以牵头单位、配合单位或责任单位开头。")
        role = ROLE_LABELS[label]
        if role in roles:
            raise BracketError(f"「{label}」在同一方括号中出现两次。")
        roles[role] = _names(names)
    if "lead" not in roles:
        raise BracketError(f"「{text}」没有牵头单位。")
    return Bracket(**roles)


def _names(text: str) -> tuple[str, ...]:
    """Split at 、 outside parentheses; raises BracketError for an empty or repeated name or an open parenthesis."""
    names, current, closers = [], "", []
    for char in text:
        if char in _PAIRS:
            closers.append(_PAIRS[char])
        elif closers and char == closers[-1]:
            closers.pop()
        if char == "、" and not closers:
            names.append(current)
            current = ""
        else:
            current += char
    names.append(current)
    if closers:
        raise BracketError(f"「{text}」的括号没有闭合。")
    if not all(names):
        raise BracketError(f"「{text}」中有空的单位名称。")
    if len(set(names)) != len(names):
        raise BracketError(f"「{text}」中有重复的单位。")
    return tuple(names)


def find_brackets(text: str) -> list[str]:
    """Return every `[…单位：…]` that stands in a text, in order."""
    return re.findall(r"\[[^\[\]]*单位：[^\[\]]*\]", text)
