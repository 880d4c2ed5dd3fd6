"""Reference series: published rates, dated and imported by administrators."""

from django.db import models
from django.db.models import Q


class ReferenceSeries(models.Model):
    """A published rate (一年期LPR); `known_until` is the last day up to which its changes are known."""

    key = models.CharField("代码", max_length=40, unique=True)
    label = models.CharField("名称", max_length=60)
    short = models.CharField("简称", max_length=20)
    source = models.CharField("公布机构", max_length=60)
    known_until = models.DateField("数据截至")

    class Meta:
        verbose_name = "参考利率"
        verbose_name_plural = "参考利率"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label


class SeriesValue(models.Model):
    """The rate in per cent from its day of publication on; only days on which it changed are kept."""

    series = models.ForeignKey(ReferenceSeries, on_delete=models.CASCADE, related_name="values")
    on = models.DateField("公布日")
    value = models.DecimalField("利率（%）", max_digits=4, decimal_places=2)

    class Meta:
        verbose_name = "利率"
        verbose_name_plural = "利率"
        ordering = ["series", "on"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "on"], name="seriesvalue_day_once", violation_error_message="该日已有利率。"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="seriesvalue_not_negative", violation_error_message="利率不能为负数。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.value}%"
