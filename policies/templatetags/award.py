"""Template filters for the answers of the award engine."""

from django import template

from policies.rules import explain

register = template.Library()


@register.filter
def readable(text: object) -> str:
    """What an unmet condition requires or finds, with sums and days as people read them: ≥ 1 亿元."""
    return explain.readable(str(text))
