"""Audit events and the chain over them; both tables accept INSERT only (see the migrations)."""

from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class AppendOnly(models.Model):
    """Refuses change in Python with a clear message; the database refuses it for everybody else."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("audit rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit rows are never deleted")


class AuditEvent(AppendOnly):
    """What happened to which thing, by whom and when.

    The actor is kept by number *and* name, without a foreign key: the record outlives renamed and removed people.
    """

    at = models.DateTimeField("时间")
    event = models.CharField("事件", max_length=80)
    subject_type = models.CharField("对象类型", max_length=80)
    subject_id = models.CharField("对象编号", max_length=64)
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=150)
    data = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    ip = models.GenericIPAddressField("IP 地址", null=True)

    class Meta:
        verbose_name = "审计事件"
        verbose_name_plural = "审计事件"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_event_subject"),
            models.Index(fields=["at"], name="audit_event_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(event="") & ~models.Q(subject_type="") & ~models.Q(subject_id=""),
                name="audit_event_named",
                violation_error_message="审计事件必须写明事件和对象。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_type}:{self.subject_id}"


class AuditLink(AppendOnly):
    """The place of an event in the chain; written by the database at commit, never by Python."""

    seq = models.BigIntegerField("序号", primary_key=True)
    event = models.OneToOneField(AuditEvent, models.PROTECT, related_name="link")
    prev_hash = models.CharField("前一哈希", max_length=64)
    hash = models.CharField("哈希", max_length=64, unique=True)

    class Meta:
        verbose_name = "审计链"
        verbose_name_plural = "审计链"
        ordering = ["seq"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seq__gte=1), name="audit_link_from_one", violation_error_message="序号从 1 开始。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"
