"""Keeping the definition that an award was computed with."""

from datetime import datetime

from django.db import transaction

from common.audit.actions import record
from policies.models import KeptDefinition
from policies.rules.receipt import definition_sha256
from policies.rules.schema import PolicyDefinition


def keep_definition(policy: PolicyDefinition, *, at: datetime) -> str:
    """Keep a definition under its content and return its SHA-256; a content that is kept already stays as it is.

    Two at once keep one: the second waits for the first's commit and finds its row. The system does this beside
    something that a person did, so the audit event has no person.
    """
    sha256 = definition_sha256(policy)
    with transaction.atomic():
        # Asked first, so that the usual case does not fetch 60 KB to learn that they are there.
        if not KeptDefinition.objects.filter(sha256=sha256).exists():
            kept, created = KeptDefinition.objects.get_or_create(
                sha256=sha256,
                defaults={"policy": policy.number, "definition": policy.model_dump(mode="json"), "kept_at": at},
            )
            if created:
                record("policies.definition_kept", subject=kept, by=None, at=at, data={"sha256": sha256})
    return sha256
