"""Government units (单位): the bureaus that a clause names and the districts that answer for their enterprises."""

from django.db import models

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
