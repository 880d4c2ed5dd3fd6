"""Pages of the letters."""

from letters.views.files import letter_list, letter_pdf, letter_void
from letters.views.texts import text, text_check, text_preview, texts
from letters.views.verification import verify, verify_letter

__all__ = [
    "letter_list",
    "letter_pdf",
    "letter_void",
    "text",
    "text_check",
    "text_preview",
    "texts",
    "verify",
    "verify_letter",
]
