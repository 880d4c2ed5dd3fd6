"""Closed vocabularies of accounts; labels are what people read."""

from django.db import models


class UnitKind(models.TextChoices):
    BUREAU = "bureau", "市直单位"
    DISTRICT = "district", "县区（开发区）"


class UnitRole(models.TextChoices):
    """What a member of a unit may do in its tasks: 经办 drafts, 审核 confirms, 财务 pays, 负责人 reads everything."""

    HANDLER = "handler", "经办"
    APPROVER = "approver", "审核"
    FINANCE = "finance", "财务"
    LEADER = "leader", "负责人"


class EnterpriseRole(models.TextChoices):
    LEGAL = "legal", "法定代表人（授权人）"
    AGENT = "agent", "经办人"


class SystemRole(models.TextChoices):
    NONE = "", "—"
    ADMINISTRATOR = "administrator", "政策管理员"
    AUDITOR = "auditor", "审计"


class EnterpriseKind(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    ASSOCIATION = "association", "协会、商会、联盟"


class EnterpriseStatus(models.TextChoices):
    PENDING = "pending", "待核实"
    VERIFIED = "verified", "已核实"
    REJECTED = "rejected", "未通过核实"
