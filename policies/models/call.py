"""Calls (申报通知): the window in which claims of a policy year are filed."""

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from policies.models.clause import Clause
from policies.models.document import Document


class CallQuerySet(models.QuerySet["Call"]):
    """Calls are public."""

    def visible_to(self, user: Any) -> "CallQuerySet":
        """Every call, for anyone."""
        return self.all()

    def open_on(self, day: dt.date) -> "CallQuerySet":
        """Calls of which a window, their own or one by clause or district, includes the day, the last day whole."""
        particular = Call.objects.filter(windows__opens_on__lte=day, windows__closes_on__gte=day)
        return self.filter(Q(opens_on__lte=day, closes_on__gte=day) | Q(pk__in=particular.values("pk")))


class Call(models.Model):
    """One call for applications; the window ends at 24:00 Asia/Shanghai of `closes_on`."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="calls", verbose_name="文件")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    title = models.CharField("标题", max_length=120)
    text = models.TextField("正文", blank=True, default="")
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期")
    clauses = models.ManyToManyField(
        Clause, related_name="calls", blank=True, verbose_name="条款", help_text="不选则为该文件的全部资金条款"
    )

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = "申报通知"
        verbose_name_plural = "申报通知"
        ordering = ["-policy_year", "-opens_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("closes_on")),
                name="call_window_ordered",
                violation_error_message="截止日期不能早于开始日期。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open_on(self, day: dt.date) -> bool:
        """Whether the call's own window includes that day of Asia/Shanghai; windows by clause and district apart."""
        return self.opens_on <= day <= self.closes_on

    @property
    def url(self) -> str:
        """The address of the call's page."""
        return reverse("policies:call", args=[self.pk])
