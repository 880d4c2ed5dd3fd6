"""Closed vocabularies of awards; labels are what people read."""

from django.db import models


class AwardState(models.TextChoices):
    """Where an award stands on its way from the lead's approval to the bank; awards/workflow.py has the steps."""

    CANDIDATE = "candidate", "待核算"
    HELD = "held", "核算有差异，待人工核对"
    SETTLED = "settled", "已核定，待公示"
    NOTHING = "nothing", "核定为零"
    PUBLIC = "public", "公示中"
    OBJECTED = "objected", "异议处理中"
    APPROVED = "approved", "已批复，待拨付"
    PAYING = "paying", "拨付中"
    PAID = "paid", "已拨付"
    RETURNED = "returned", "已退回牵头单位"


#: Amounts of these awards do not move when the account is settled again: they are public, on their way, or paid.
FIXED = (AwardState.PUBLIC, AwardState.OBJECTED, AwardState.PAYING, AwardState.PAID)
#: Amounts of these awards are settled anew with every settlement of their account.
OPEN = (AwardState.CANDIDATE, AwardState.SETTLED, AwardState.NOTHING, AwardState.APPROVED)


class ProposalState(models.TextChoices):
    """A settlement that the 经办 of a lead proposed and its 审核 confirms."""

    OPEN = "open", "待审核"
    CONFIRMED = "confirmed", "已确认"
    WITHDRAWN = "withdrawn", "已撤回"


class BatchState(models.TextChoices):
    """How far the settlement of a whole call is."""

    PREVIEWING = "previewing", "正在试算"
    READY = "ready", "待确认"
    RUNNING = "running", "正在核定"
    DONE = "done", "已完成"
    WITHDRAWN = "withdrawn", "已撤回"


class BatchItemState(models.TextChoices):
    """What became of one enterprise of a batch."""

    WAITING = "waiting", "等待"
    PREVIEWED = "previewed", "已试算"
    SETTLED = "settled", "已核定"
    LEFT_OUT = "left_out", "未核定"


class Share(models.TextChoices):
    """Whose budget pays: 四（三）由各级受益财政参照现行财政体制分担."""

    CITY = "city", "市级"
    DISTRICT = "district", "县区级"


class EntryKind(models.TextChoices):
    """What moves an envelope."""

    GRANT = "grant", "下达"
    ADJUST = "adjust", "调整"
    COMMIT = "commit", "核定占用"
    RELEASE = "release", "释放"
    PAY = "pay", "拨付"
    UNPAY = "unpay", "冲回拨付"


class RoundState(models.TextChoices):
    """A publicity round (公示批次)."""

    DRAFT = "draft", "待发布"
    OPEN = "open", "公示中"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


class ItemState(models.TextChoices):
    """One line of a publicity round."""

    LISTED = "listed", "公示"
    HELD = "held", "异议处理中"
    RELEASED = "released", "公示结束，转批复"
    UPHELD = "upheld", "异议成立，退回"


class ObjectionState(models.TextChoices):
    """An objection (异议): checked and answered by the lead, two people."""

    OPEN = "open", "待核查"
    DRAFTED = "drafted", "答复待审核"
    UNFOUNDED = "unfounded", "异议不成立"
    UPHELD = "upheld", "异议成立"


class ListState(models.TextChoices):
    """A payment list (拨付清单): made by one finance person, sent by another, closed when every row has its result."""

    DRAFT = "draft", "待审核"
    SENT = "sent", "已送拨付"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已取消"


class PaymentState(models.TextChoices):
    """One row of a payment list."""

    PLANNED = "planned", "待送拨付"
    SENT = "sent", "拨付中"
    PAID = "paid", "已拨付"
    RETURNED = "returned", "已退回"
    REVERSED = "reversed", "已冲回"
    DROPPED = "dropped", "已移出"


#: Rows that stand: their amounts count against the award, and no second row may pay the same share.
LIVE_PAYMENTS = (PaymentState.PLANNED, PaymentState.SENT, PaymentState.PAID)


class ResultKind(models.TextChoices):
    """What the bank or treasury told of a row; a wrong entry is corrected by a reversal, never overwritten."""

    PAID = "paid", "已拨付"
    RETURNED = "returned", "退回"
    REVERSED = "reversed", "冲回"


class RecoveryState(models.TextChoices):
    """追回: finding → decision → letter → instalments → closed."""

    FOUND = "found", "已发现，待决定"
    DRAFTED = "drafted", "决定待审核"
    DECIDED = "decided", "已决定，待发文"
    DEMANDED = "demanded", "已发追回通知"
    CLOSED = "closed", "已结清"
    DROPPED = "dropped", "不予追回"


class ReceiptKind(models.TextChoices):
    """How money came back."""

    TRANSFER = "transfer", "退款到账"
    SET_OFF = "set_off", "抵扣后续奖补"
    REVERSAL = "reversal", "更正冲减"


class ImportKind(models.TextChoices):
    """The tables that officers fill in and import."""

    FIGURES = "figures", "年度数据"
    EXTERNAL = "external", "其他政策奖补"
    BUDGETS = "budgets", "资金预算"
    RESULTS = "results", "拨付结果"


class ImportState(models.TextChoices):
    """A table that was read: with faults, ready, taken over, or put aside."""

    FAULTY = "faulty", "有差错"
    READY = "ready", "可导入"
    APPLIED = "applied", "已导入"
    DISCARDED = "discarded", "已放弃"


class SimulationState(models.TextChoices):
    """How far a simulation is; computed in parts by the worker."""

    QUEUED = "queued", "等待计算"
    RUNNING = "running", "计算中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
