"""Template filters for the answers of the award engine."""

from django import template

from policies.rules import explain

register = template.Library()


@register.filter
def readable(text: object) -> str:
    """What an unmet condition requires or finds, with sums of money grouped: ≥ 100,000,000.00 元."""
    return explain.readable(str(text))
