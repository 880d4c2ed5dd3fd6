"""Pages of the letters."""

from letters.views.files import letter_list, letter_pdf, letter_void
from letters.views.verification import verify, verify_letter

__all__ = ["letter_list", "letter_pdf", "letter_void", "verify", "verify_letter"]
