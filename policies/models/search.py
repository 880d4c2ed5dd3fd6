"""What the library's search narrows by: the pieces of a text, computed by the database and kept in GIN indexes over
expressions. Nothing is stored beside the texts, so that no text can be newer than what it is found by.

The functions are made by migration 0006; `policies_pieces` folds as `policies.library_terms.folding` says.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField


class Pieces(Func):
    """The single characters and the pairs of neighbours of a folded text, each once."""

    function = "policies_pieces"
    output_field: Any = ArrayField(TextField())


class Labels(Func):
    """The labels of the facts of a definition and of their columns, with U+0001, which no word has, between them."""

    function = "policies_labels"
    output_field: Any = TextField()


class VersionText(Func):
    """Sentence, printed units and labels of a version (quote, bracket, definition), with U+0001 between them."""

    function = "policies_version_text"
    output_field: Any = TextField()
