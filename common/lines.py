"""One line of text as people see it."""

import unicodedata

from django.core.exceptions import ValidationError

_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}


def plain_text(text: str) -> str:
    """One line as people see it: outer blanks gone, runs of blanks one blank, invisible characters refused.

    Raises ValidationError for control and direction characters, which make two names look the same.
    """
    cleaned = " ".join(text.split())
    if any(unicodedata.category(character) in _INVISIBLE for character in cleaned):
        raise ValidationError("内容含有不可见字符，请重新输入。", code="invisible")
    return cleaned
