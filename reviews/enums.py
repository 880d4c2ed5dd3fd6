"""Closed vocabularies of reviews; labels are what people read."""

from django.db import models


class StageKind(models.TextChoices):
    PRELIMINARY = "preliminary", "初审"
    CONSULTATION = "consultation", "会审"
    EXPERT = "expert", "专家评审"
    AUDIT = "audit", "第三方审计"
    LEAD = "lead", "牵头审核"
    CONFIRMATION = "confirmation", "市级配套确认"


class StageState(models.TextChoices):
    WAITING = "waiting", "未到"
    OPEN = "open", "办理中"
    PAUSED = "paused", "暂停计时"
    DONE = "done", "已办"
    CANCELLED = "cancelled", "不再办理"


class TaskState(models.TextChoices):
    WAITING = "waiting", "未到"
    OPEN = "open", "待办"
    DRAFTED = "drafted", "待审核"
    DONE = "done", "已办"
    CANCELLED = "cancelled", "不再办理"


class CaseState(models.TextChoices):
    OPEN = "open", "审核中"
    APPROVED = "approved", "通过"
    REFUSED = "refused", "不予支持"
    WITHDRAWN = "withdrawn", "企业撤回"
    LAPSED = "lapsed", "逾期未补正"


class Outcome(models.TextChoices):
    """What a unit says at its stage; reviews/workflow.py says which outcome belongs to which stage."""

    ACCEPT = "accept", "初审通过"
    RECOMMEND = "recommend", "建议支持"
    NOT_RECOMMEND = "not_rec", "不建议支持"
    VERIFIED = "verified", "审计无异议"
    QUESTIONED = "questioned", "审计有异议"
    AGREE = "agree", "同意"
    REMARKS = "remarks", "同意（附意见）"
    DISAGREE = "disagree", "不同意"
    APPROVE = "approve", "同意支持"
    REFUSE = "refuse", "不予支持"


class Stance(models.TextChoices):
    """What a unit says about one point of a file (reviews/points.py)."""

    AGREE = "agree", "同意"
    REMARKS = "remarks", "同意（附意见）"
    DISAGREE = "disagree", "不同意"
    RECONCILED = "reconciled", "牵头处理"


class PauseKind(models.TextChoices):
    """Why a stage's clock stands still."""

    CORRECTION = "correction", "等待企业补正"
    CONSULTATION = "consultation", "重新征求意见"


class NoteScope(models.TextChoices):
    """Who reads an internal note; the applicant never does."""

    UNIT = "unit", "仅本单位"
    CASE = "case", "参与办理的各单位"


class PanelState(models.TextChoices):
    """Experts being picked, scoring, and finished: then everything of the panel is fixed."""

    PREPARING = "preparing", "组建中"
    SCORING = "scoring", "评审中"
    CONCLUDED = "concluded", "已结束"


class ListPage(models.TextChoices):
    """The lists whose filters can be kept and whose columns can be chosen."""

    QUEUE = "queue", "我的待办"
    CASES = "cases", "全部案卷"


class ExportKind(models.TextChoices):
    """What a job writes for an officer to fetch."""

    LIST = "list", "列表（Excel）"
    CASE = "case", "案卷（PDF）"


class ExportState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "生成中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
