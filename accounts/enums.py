"""Closed vocabularies of accounts; labels are what people read."""

from django.db import models


class UnitKind(models.TextChoices):
    BUREAU = "bureau", "市直单位"
    DISTRICT = "district", "县区（开发区）"


class UnitRole(models.TextChoices):
    """What a member of a unit may do in its tasks: 经办 drafts, 审核 confirms, 财务 pays, 负责人 reads everything.

    专家 are outside people on the unit's list: they see the files of the panels they sit on and nothing else.
    """

    HANDLER = "handler", "经办"
    APPROVER = "approver", "审核"
    FINANCE = "finance", "财务"
    LEADER = "leader", "负责人"
    EXPERT = "expert", "专家（第三方）"


#: The roles of a unit's own people; experts are not among them.
OFFICER_ROLES = (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.FINANCE, UnitRole.LEADER)


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


class NoticeTopic(models.TextChoices):
    """What a notice is about; each person chooses per topic how it reaches them besides the inbox."""

    TASK = "task", "待办（新待办、交办、退回）"
    CLOCK = "clock", "期限（即将到期、逾期、升级）"
    CORRECTION = "correction", "补正"
    DECISION = "decision", "审核结论和核定"
    LETTER = "letter", "文书"
    MESSAGE = "message", "往来消息"
    ACCOUNT = "account", "账号、人员和企业核实"
    SYSTEM = "system", "系统"


class NoticeChannel(models.TextChoices):
    """How a notice reaches a person besides the inbox, where it always stands."""

    NONE = "none", "仅站内消息"
    DIGEST = "digest", "每日汇总邮件"
    MAIL = "mail", "立即发邮件"


class UnitChangeKind(models.TextChoices):
    RENAME = "rename", "更名"
    MERGE = "merge", "并入其他单位"


class ImportState(models.TextChoices):
    """A sheet of people: read and judged, then carried out or dropped."""

    READ = "read", "待确认"
    DONE = "done", "已导入"
    DROPPED = "dropped", "已放弃"
