"""The policies app: documents, clauses in dated versions, calls, and the library that shows them."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy data and the award engine."""

    name = "policies"
    verbose_name = "政策库"
