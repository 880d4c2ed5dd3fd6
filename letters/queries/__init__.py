"""Reads of letters."""

from letters.queries.texts import phrase, text_in_force
from letters.queries.verification import Verification, by_file, by_token

__all__ = ["Verification", "by_file", "by_token", "phrase", "text_in_force"]
