"""Gestures on letters, one function each."""

from letters.actions.issue import issue_letter
from letters.actions.request import request_letter
from letters.actions.text import set_letter_text
from letters.actions.void import void_letter

__all__ = ["issue_letter", "request_letter", "set_letter_text", "void_letter"]
