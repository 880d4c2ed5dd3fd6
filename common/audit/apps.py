"""App configuration of the audit trail."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Append-only, hash-chained events (docs/adr/0004-audit-chain.md)."""

    name = "common.audit"
    label = "audit"
    verbose_name = "审计"
