"""Reads of letters."""

from letters.queries.texts import kept_values, paragraphs, phrase, text_in_force, wording
from letters.queries.verification import Verification, by_file, by_token

__all__ = [
    "Verification",
    "by_file",
    "by_token",
    "kept_values",
    "paragraphs",
    "phrase",
    "text_in_force",
    "wording",
]
