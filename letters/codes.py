"""Numbers of letters and codes of verification (pure)."""

import re
import secrets
import unicodedata

# 32 signs that cannot be taken for one another: no 0/O, no 1/I.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 16  # 80 bits: cannot be guessed, can still be typed from paper
_SEPARATORS = re.compile(r"[\s\-‐-―−_·.]+")


def new_token() -> str:
    """A fresh verification code of 80 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalize_token(entered: str) -> str | None:
    """The code a person typed or scanned (any case, full width, with blanks or dashes), or None if it is no code."""
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", entered)).upper()
    return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else None


def grouped_token(token: str) -> str:
    """The code in groups of four, as printed."""
    return "-".join(token[start : start + 4] for start in range(0, len(token), 4))


def number_text(prefix: str, year: int, seq: int) -> str:
    """发文字号 after GB/T 9704-2012 7.2.5: prefix, year in 〔〕, number without leading zeros, 号."""
    return f"{prefix}〔{year}〕{seq}号"
