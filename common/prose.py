"""Text of several lines that people write to each other, as it is stored and shown."""

import unicodedata

from common.errors import Invalid

#: Invisible characters that turn the direction of a line, so that it reads as something else.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _kept(character: str) -> bool:
    return character in "\n\t" or (unicodedata.category(character) not in {"Cc", "Cs"} and character not in _TURNING)


def read_prose(text: str, *, field: str, name: str, limit: int) -> str:
    """The text without outer blanks and without characters that nobody sees; a line end counts as one character.

    name: what it is called in the sentences. Raises Invalid (`field`) where nothing is left, or more than `limit`
    characters: nothing that a person wrote is cut off silently.
    """
    plain = "".join(filter(_kept, text.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    if not plain:
        raise Invalid(f"请填写{name}。", field=field)
    if len(plain) > limit:
        raise Invalid(f"{name}最多 {limit} 字，您填写了 {len(plain)} 字，请精简或分条填写。", field=field)
    return plain
