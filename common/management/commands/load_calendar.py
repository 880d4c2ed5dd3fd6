"""Load the State Council's calendar of the years that the chinesecalendar package knows."""

from collections.abc import Iterator
from typing import Any

from chinese_calendar import Holiday, constants
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from common.models import CalendarDay
from common.queries import working_calendar

SOURCE = "国务院办公厅年度放假安排（chinesecalendar 导入）"


def published_days() -> Iterator[CalendarDay]:
    """Every day of the package, unsaved: days off with the holiday's name, weekends worked instead with 调休上班."""
    for days, is_working, suffix in (
        (constants.holidays, False, ""),
        (constants.workdays, True, "调休上班"),
    ):
        for day, holiday in days.items():
            yield CalendarDay(day=day, is_working=is_working, name=f"{Holiday(holiday).chinese}{suffix}", source=SOURCE)


class Command(BaseCommand):
    """Safe to repeat: own rows are refreshed, rows that an administrator entered or changed stay as they are."""

    help = "导入国务院公布的节假日与调休安排（2004–2026 年），可重复执行，不覆盖管理员维护的日期。"

    def handle(self, *args: Any, **options: Any) -> None:
        added = changed = kept = 0
        with transaction.atomic():
            present = {row.day: row for row in CalendarDay.objects.select_for_update()}
            new = []
            for wanted in published_days():
                row = present.get(wanted.day)
                if row is None:
                    new.append(wanted)
                elif row.source != SOURCE:
                    kept += (row.is_working, row.name) != (wanted.is_working, wanted.name)
                elif (row.is_working, row.name) != (wanted.is_working, wanted.name):
                    row.is_working, row.name = wanted.is_working, wanted.name
                    row.save(update_fields=["is_working", "name"])
                    changed += 1
            added = len(CalendarDay.objects.bulk_create(new))
        self.stdout.write(f"工作日历：新增 {added} 天，更新 {changed} 天，保留管理员维护的 {kept} 天。")
        known = working_calendar().known_years
        this_year = timezone.localdate().year
        for year in (this_year, this_year + 1):
            if year not in known:
                self.stdout.write(f"注意：{year} 年的放假安排尚未录入，暂按周一至周五计算工作日。")
