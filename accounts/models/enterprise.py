"""Applicants: enterprises and associations, their people, and the figures they state once per policy year."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.enums import EnterpriseKind, EnterpriseRole, EnterpriseStatus, UnitKind
from accounts.validators import validate_industry_code, validate_phone, validate_uscc
from common.fields import EncryptedTextField, one_of

if TYPE_CHECKING:
    from accounts.models.user import User

USCC_TAKEN = (
    "该统一社会信用代码已在本系统登记。如您是该单位人员，请联系本单位已注册的人员为您开通账号；"
    "如认为有误，请联系所属县区（开发区）核实部门。"
)


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: "User") -> "EnterpriseQuerySet":
        """Own enterprises for their members, the district's for its officers, all for administrators and auditors.

        Units with a task on a file see its enterprise through the file, not through this list.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role:
            return self
        own = Q(members__user=user, members__is_active=True)
        district = Q(district__members__user=user, district__members__is_active=True)
        return self.filter(own | district).distinct()


class Enterprise(models.Model):
    """An applicant. `district` is the 注册地/税务关系所在县区: the enterprise says it, that district verifies it."""

    name = models.CharField("名称", max_length=120)
    uscc = models.CharField(
        "统一社会信用代码",
        max_length=18,
        unique=True,
        validators=[validate_uscc],
        error_messages={"unique": USCC_TAKEN},
    )
    kind = models.CharField(
        "主体类型", max_length=12, choices=EnterpriseKind.choices, default=EnterpriseKind.ENTERPRISE
    )
    district = models.ForeignKey(
        "accounts.Unit",
        on_delete=models.PROTECT,
        related_name="enterprises",
        limit_choices_to={"kind": UnitKind.DISTRICT},
        verbose_name="所属县区（开发区）",
    )
    legal_representative = models.CharField("法定代表人", max_length=60)
    contact_name = models.CharField("联系人", max_length=60)
    contact_phone = models.CharField("联系电话", max_length=20, validators=[validate_phone])
    address = models.CharField("注册地址", max_length=200, blank=True)
    industry_code = models.CharField(
        "行业代码（GB/T 4754）", max_length=10, blank=True, validators=[validate_industry_code]
    )
    established_on = models.DateField("成立日期", null=True, blank=True)
    bank_account_name = EncryptedTextField("户名", blank=True, default="")
    bank_name = EncryptedTextField("开户行", blank=True, default="")
    bank_code = EncryptedTextField("行号", blank=True, default="")
    bank_account = EncryptedTextField("账号", blank=True, default="")
    status = models.CharField(
        "核实状态", max_length=10, choices=EnterpriseStatus.choices, default=EnterpriseStatus.PENDING
    )
    verified_at = models.DateTimeField("核实时间", null=True, blank=True)
    verified_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核实人"
    )
    rejection_reason = models.CharField("未通过原因", max_length=500, blank=True)
    registered_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=1, help_text="每次修改加一；核实时须与所见一致")

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = "企业"
        verbose_name_plural = "企业"
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_uscc_form",
                violation_error_message="统一社会信用代码应为 18 位。",
            ),
            models.CheckConstraint(
                condition=Q(status=EnterpriseStatus.PENDING, verified_at=None, verified_by=None)
                | (~Q(status=EnterpriseStatus.PENDING) & Q(verified_at__isnull=False, verified_by__isnull=False)),
                name="enterprise_verified_pair",
                violation_error_message="核实结果须有核实人和核实时间。",
            ),
            one_of("kind", EnterpriseKind),
            one_of("status", EnterpriseStatus),
        ]

    def __str__(self) -> str:
        return self.name


class EnterpriseMember(models.Model):
    """One person's role in one enterprise: 经办人 fills in, 法定代表人/授权人 confirms the filing."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="members", verbose_name="企业")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="enterprise_memberships", verbose_name="用户"
    )
    role = models.CharField("角色", max_length=10, choices=EnterpriseRole.choices)
    is_active = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = "企业成员"
        verbose_name_plural = "企业成员"
        ordering = ["enterprise", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                name="enterprise_member_once",
                violation_error_message="该人员已是本企业成员。",
            ),
            one_of("role", EnterpriseRole),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.get_role_display()} {self.user}"


class YearlyFigures(models.Model):
    """The figures of one enterprise for one policy year, entered once and shared by all its applications.

    `values` maps the fact keys of scope "year" (policy data decides which) to strings as in the evaluation document:
    money in 元 with at most 2 decimals, dates ISO, counts as integers, flags as booleans.
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="yearly_figures")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    values = models.JSONField("数据", default=dict)
    version = models.PositiveIntegerField("版本", default=1)
    updated_at = models.DateTimeField("更新时间")
    updated_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "年度数据"
        verbose_name_plural = "年度数据"
        ordering = ["enterprise", "policy_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "policy_year"],
                name="yearly_figures_once",
                violation_error_message="该企业该年度的数据已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.policy_year}"


class Ban(models.Model):
    """An enterprise may not apply for a while, by a decision (awards: 追回); both days count. Lifted early it stays."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="bans", verbose_name="企业")
    first_day = models.DateField("自何日起")
    last_day = models.DateField("至何日止")
    reason = models.CharField("理由", max_length=500)
    # What it rests on, e.g. "recovery:7".
    source_key = models.CharField("依据", max_length=80, unique=True)
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间")
    lifted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除人"
    )
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lifted_reason = models.CharField("解除理由", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "限制申报"
        verbose_name_plural = "限制申报"
        ordering = ["enterprise", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")) & ~Q(reason=""),
                name="ban_complete",
                violation_error_message="限制申报须有起止日期和理由。",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | Q(~Q(lifted_reason=""), lifted_at__isnull=False, lifted_by__isnull=False),
                name="ban_lifted_pair",
                violation_error_message="解除须有解除人、时间和理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.first_day}—{self.last_day}"
