"""Closed vocabularies of reviews; labels are what people read."""

from django.db import models


class StageKind(models.TextChoices):
    PRELIMINARY = "preliminary", "初审"
    CONSULTATION = "consultation", "会审"
    LEAD = "lead", "牵头审核"
    CONFIRMATION = "confirmation", "市级配套确认"


class StageState(models.TextChoices):
    WAITING = "waiting", "未到"
    OPEN = "open", "办理中"
    PAUSED = "paused", "补正中"
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
    AGREE = "agree", "同意"
    REMARKS = "remarks", "同意（附意见）"
    DISAGREE = "disagree", "不同意"
    APPROVE = "approve", "同意支持"
    REFUSE = "refuse", "不予支持"
