"""Government units (单位): the bureaus that a clause names and the districts that answer for their enterprises."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Value

from accounts.enums import UnitKind, UnitRole
from common.fields import one_of


class Unit(models.Model):
    """A bureau or a district; `name` is the name as the policy prints it, `full_name` the one on letters."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("简称", max_length=40, unique=True)
    full_name = models.CharField("全称", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=UnitKind.choices)
    order = models.PositiveSmallIntegerField("排序", default=0)
    letter_prefix = models.CharField(
        "发文字号机关代字", max_length=20, help_text="默认值，待确认", blank=True, default=""
    )
    is_finance = models.BooleanField("拨付单位", default=False)
    two_person = models.BooleanField(
        "经办、审核两人办理", default=False, help_text="牵头审核和拨付始终两人办理；此项决定其余环节"
    )
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ["kind", "order", "pk"]
        constraints = [one_of("kind", UnitKind)]

    def __str__(self) -> str:
        return self.name


class UnitMember(models.Model):
    """One person's role in one unit; ended memberships stay for the record."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="members", verbose_name="单位")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="unit_memberships", verbose_name="用户"
    )
    role = models.CharField("角色", max_length=10, choices=UnitRole.choices)
    is_active = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = "单位成员"
        verbose_name_plural = "单位成员"
        ordering = ["unit", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "user", "role"],
                name="unit_member_once",
                violation_error_message="该人员在本单位已有此角色。",
            ),
            one_of("role", UnitRole),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_role_display()} {self.user}"


class Absence(models.Model):
    """A stretch of days in which a member is away; while it lasts the deputy works on the member's tasks.

    Both days count. It is ended early by moving `last_day` to the day before; a row is never deleted.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="absences", verbose_name="单位")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="absences", verbose_name="人员")
    deputy = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="代办人")
    first_day = models.DateField("开始日期")
    last_day = models.DateField("结束日期")
    reason = models.CharField("事由", max_length=100, blank=True)
    entered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "外出代办"
        verbose_name_plural = "外出代办"
        ordering = ["unit", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day") - 1),
                name="absence_days_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("deputy")),
                name="absence_deputy_is_another",
                violation_error_message="代办人须为另一人。",
            ),
            ExclusionConstraint(
                name="absence_no_overlap",
                expressions=[
                    (Func(F("unit"), F("unit"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("user"), F("user"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("first_day"), F("last_day"), Value("[]"), function="daterange"), "&&"),
                ],
                condition=models.Q(last_day__gte=models.F("first_day")),
                violation_error_message="该人员这段时间已有外出登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.first_day}—{self.last_day}"
