"""What pages of 政策维护 read while they are drawn."""

from django import template

from policies.models import ClauseVersion
from policies.queries.editing import TextPiece, text_around

register = template.Library()


@register.simple_tag
def around(version: ClauseVersion) -> list[TextPiece]:
    """The article in which the clause of a version stands, piece by piece."""
    return text_around(version.clause.node)
