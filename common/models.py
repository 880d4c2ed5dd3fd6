"""The calendar of working days; the other modules of this app are pure or keep files."""

from django.db import models


class CalendarDay(models.Model):
    """One day on which the State Council's calendar differs from Monday–Friday, or confirms a holiday.

    Days without a row follow the weekday. Ordinary weekdays and weekends have no row.
    """

    day = models.DateField("日期", unique=True, error_messages={"unique": "这一天已经有安排。"})
    is_working = models.BooleanField("是否工作日")
    name = models.CharField("名称", max_length=60, help_text="例如：国庆节、春节调休上班")
    source = models.CharField("依据", max_length=200, help_text="例如：国务院办公厅通知的文号")

    class Meta:
        verbose_name = "工作日历"
        verbose_name_plural = "工作日历"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}（{'上班' if self.is_working else '放假'}）"
