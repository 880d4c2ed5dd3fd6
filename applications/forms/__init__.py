"""Forms of applications; the ones for facts are made from the policy's declarations."""

from applications.forms.facts import FactsForm

__all__ = ["FactsForm"]
