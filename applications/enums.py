"""Closed vocabularies of applications; labels are what people read."""

from django.db import models


class State(models.TextChoices):
    """Where one application stands; applications/workflow.py holds the only ways from one to another."""

    DRAFT = "draft", "草稿"
    CONFIRMING = "confirming", "待法定代表人确认"
    UNDER_REVIEW = "under_review", "审核中"
    CORRECTION = "correction", "待补正"
    APPROVED = "approved", "审核通过，待核算"
    REFUSED = "refused", "不予支持"
    AWARDED = "awarded", "已核定"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "逾期失效"


#: States in which the enterprise may edit.
EDITABLE = (State.DRAFT, State.CORRECTION)
#: States that no longer stand in the way of another application for the same clause and year.
ENDED_WITHOUT_DECISION = (State.WITHDRAWN, State.LAPSED)


class CorrectionState(models.TextChoices):
    OPEN = "open", "待补正"
    ANSWERED = "answered", "已补正"
    CANCELLED = "cancelled", "已取消"
    LAPSED = "lapsed", "逾期"


class PointTarget(models.TextChoices):
    FIELD = "field", "填报项"
    EVIDENCE = "evidence", "附件"
    GENERAL = "general", "其他"
