"""Definitions kept by content: what an award was computed with stays readable whatever changes later."""

import pgtrigger
from django.db import models


class KeptDefinition(models.Model):
    """A whole `policies.rules.schema.PolicyDefinition` as JSON under its own SHA-256, settings and series included.

    Receipts name it by that hash. Each distinct content is stored once and never changes.
    """

    sha256 = models.CharField("内容校验值", max_length=64, unique=True)
    policy = models.CharField("发文字号", max_length=40)
    definition = models.JSONField("定义")
    kept_at = models.DateTimeField("留存时间")

    class Meta:
        verbose_name = "留存的条款定义"
        verbose_name_plural = "留存的条款定义"
        ordering = ["kept_at", "pk"]
        triggers = [
            pgtrigger.Protect(name="keptdefinition_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.sha256[:12]}"
