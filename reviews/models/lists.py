"""What officers keep about lists: views with a name, chosen columns, and files that a job writes for them."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from accounts.enums import OFFICER_ROLES
from accounts.models import UnitMember
from common.fields import one_of
from reviews.enums import ExportKind, ExportState, ListPage

if TYPE_CHECKING:
    from accounts.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> "SavedViewQuerySet":
        """A person's own views and those shared with a unit of theirs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        units = UnitMember.objects.filter(user=user, role__in=OFFICER_ROLES, is_active=True).values("unit")
        return self.filter(Q(owner=user) | Q(unit__in=units))


class SavedView(models.Model):
    """A list with its filters, sort and columns as an address; shared with a unit where `unit` is set."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="saved_views")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    page = models.CharField("列表", max_length=10, choices=ListPage.choices)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("筛选", max_length=1000)
    created_at = models.DateTimeField("时间")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = "保存的视图"
        verbose_name_plural = "保存的视图"
        ordering = ["page", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="saved_view_once", violation_error_message="您已有同名视图。"
            ),
            one_of("page", ListPage),
        ]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """The columns that a person chose for a list, in order; keys of reviews/columns.py."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField("列表", max_length=10, choices=ListPage.choices)
    columns = models.JSONField("列", default=list)

    class Meta:
        verbose_name = "列设置"
        verbose_name_plural = "列设置"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"], name="list_columns_once", violation_error_message="该列表已有列设置。"
            ),
            one_of("page", ListPage),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.page}"


class Export(models.Model):
    """A file that a job writes for one person: what a list shows, or a whole case as one PDF.

    `query` says what: {page, query, columns} of a list, {case} of a case. The file is fetched only by its owner, whose
    right to read it is asked again then.
    """

    owner = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="exports")
    kind = models.CharField("种类", max_length=6, choices=ExportKind.choices)
    query = models.JSONField("内容")
    state = models.CharField("状态", max_length=8, choices=ExportState.choices, default=ExportState.QUEUED)
    done = models.PositiveIntegerField("已完成", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64, blank=True, default="")
    error = models.TextField("失败原因", blank=True, default="")
    asked_at = models.DateTimeField("时间")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "导出"
        verbose_name_plural = "导出"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            one_of("kind", ExportKind),
            one_of("state", ExportState),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | Q(state="done", finished_at__isnull=False, error="") & ~Q(sha256="")
                | Q(state="failed", finished_at__isnull=False) & ~Q(error=""),
                name="export_result_fits_state",
                violation_error_message="导出的结果与状态不符。",
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("total")), name="export_done_in_total", violation_error_message="进度超过总数。"
            ),
        ]

    def __str__(self) -> str:
        return self.name
