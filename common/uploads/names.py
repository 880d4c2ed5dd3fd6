"""File names of strangers, made fit for a page, a header and anybody's disk."""

import re
import unicodedata

MAX_LENGTH = 100
"""Characters kept, extension included."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"/\\|?*%&;`$\'{}#~^!=]')
_EXTENSIONS = {"pdf", "jpg", "jpeg", "png", "xlsx", "docx"}
"""A last extension among these is replaced by the true one; any other stays as part of the name."""


def _visible(character: str) -> bool:
    """Neither control, format (bidirectional overrides, zero width), surrogate, private nor unassigned."""
    return not unicodedata.category(character).startswith("C")


def clean_name(name: str, kind: str) -> str:
    """A harmless file name that ends in the extension of what the content really is.

    Keeps Chinese and other letters; drops folders, control and direction characters and leading dots.
    """
    plain = unicodedata.normalize("NFC", str(name).encode("utf-8", "replace").decode())
    plain = re.split(r"[/\\]", plain)[-1]
    plain = "".join(" " if c.isspace() else c for c in plain if _visible(c) or c.isspace())
    plain = re.sub(r"\s+", " ", _UNSAFE.sub("_", plain)).rstrip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot or extension.lower() not in _EXTENSIONS:
        stem = plain
    # A name starting with these is a formula to a spreadsheet and an option to a command line.
    stem = stem.strip(" .").lstrip("-+@＝＋－＠").strip(" .")
    stem = stem[: MAX_LENGTH - len(kind) - 1].strip(" .") or "附件"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{kind}"
