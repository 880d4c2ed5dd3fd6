"""From a letter's content to a PDF: templates, fonts, the QR code and WeasyPrint behind one function."""

from letters.rendering.facts import LetterFacts
from letters.rendering.pdf import Rendered, missing_characters, render

__all__ = ["LetterFacts", "Rendered", "missing_characters", "render"]
