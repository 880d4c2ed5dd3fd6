"""Primary keys and versions as browsers send them: anything may come, and a stranger's text never reaches int()."""

from collections.abc import Iterable

#: Figures that every integer column of the database holds.
KEY_DIGITS, VERSION_DIGITS = 17, 9


def number_sent(text: str | None, *, digits: int = KEY_DIGITS) -> int:
    """A whole number as it was sent; 0, which no key and no version is, for anything else or longer than `digits`."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else 0


def keys_sent(texts: Iterable[str]) -> list[int]:
    """The keys among what was sent (ticked rows), in order; what is no key is passed over."""
    return [key for key in map(number_sent, texts) if key]
