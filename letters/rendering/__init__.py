"""From a letter's content to a PDF: templates, fonts, the QR code and WeasyPrint behind one function."""

from letters.rendering.facts import LetterFacts
from letters.rendering.pdf import Printed, Rendered, missing_characters, print_pages, render

__all__ = ["LetterFacts", "Printed", "Rendered", "missing_characters", "print_pages", "render"]
