"""Kinds, number series and states of letters: the tables everything else reads."""

from django.db import models


class LetterKind(models.TextChoices):
    """The official documents this house issues (procedure, "Letters")."""

    RECEIPT = "receipt", "受理回执"
    CORRECTION = "correction", "补正告知书"
    REFUSAL = "refusal", "不予支持告知书"
    APPROVAL = "approval", "批复"
    PUBLICITY = "publicity", "公示"
    OBJECTION_REPLY = "objection_reply", "异议答复"
    PAYMENT_NOTICE = "payment_notice", "拨付通知"
    RECOVERY_NOTICE = "recovery_notice", "追回通知"


class SeriesKind(models.TextChoices):
    """Groups of kinds that share one run of numbers per unit and year; the label is the sign in the number."""

    RECEIPT = "receipt", "受"
    CORRECTION = "correction", "补"
    DECISION = "decision", "批"
    PUBLICITY = "publicity", "示"
    REPLY = "reply", "复"
    PAYMENT = "payment", "拨"
    RECOVERY = "recovery", "追"


class LetterState(models.TextChoices):
    """A letter waits to be rendered, stands, or was declared void and keeps its number."""

    QUEUED = "queued", "待签发"
    ISSUED = "issued", "有效"
    VOID = "void", "已作废"


class TextKind(models.TextChoices):
    """What has standing words of its own: every kind of letter, and forms of a kind that say something else.

    A form keeps the words of its kind in the slots that it does not have itself (letters/texts.py).
    """

    RECEIPT = "receipt", "受理回执"
    RECEIPT_AGAIN = "receipt_again", "受理回执（补正后）"
    CORRECTION = "correction", "补正告知书"
    REFUSAL = "refusal", "不予支持告知书"
    ZERO = "zero", "核定为零告知书"
    APPROVAL = "approval", "批复"
    PUBLICITY = "publicity", "公示"
    OBJECTION_FILED = "objection_filed", "异议受理回执"
    OBJECTION_REPLY = "objection_reply", "异议答复"
    PAYMENT_NOTICE = "payment_notice", "拨付通知"
    RECOVERY_NOTICE = "recovery_notice", "追回通知"


class TextSlot(models.TextChoices):
    """The places of a letter whose standing words an administrator may change."""

    TITLE = "title", "标题"
    OPENING = "opening", "开头"
    DECISION = "decision", "正文（决定）"
    CLOSING = "closing", "结束语"
    NEXT_STEPS = "next_steps", "后续安排"
    REMEDIES = "remedies", "救济途径"


SERIES_OF_KIND: dict[str, str] = {
    LetterKind.RECEIPT: SeriesKind.RECEIPT,
    LetterKind.CORRECTION: SeriesKind.CORRECTION,
    LetterKind.REFUSAL: SeriesKind.DECISION,
    LetterKind.APPROVAL: SeriesKind.DECISION,
    LetterKind.PUBLICITY: SeriesKind.PUBLICITY,
    LetterKind.OBJECTION_REPLY: SeriesKind.REPLY,
    LetterKind.PAYMENT_NOTICE: SeriesKind.PAYMENT,
    LetterKind.RECOVERY_NOTICE: SeriesKind.RECOVERY,
}
