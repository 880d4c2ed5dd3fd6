"""The standing words a new installation begins with; administrators replace them by dated rows of LetterText.

Remedies after 行政复议法 第二十条 (60 days) and 行政诉讼法 第四十六条 (six months). Only slots that stand here exist:
the builders of letters print these.
"""

from letters.enums import TextKind, TextSlot

_REMEDIES = (
    "如不服本决定，可以自收到本文书之日起60日内依法申请行政复议，"
    "也可以自收到本文书之日起6个月内依法向人民法院提起行政诉讼。"
)

DEFAULTS: dict[tuple[str, str], str] = {
    (TextKind.RECEIPT, TextSlot.TITLE): "受理回执",
    (TextKind.RECEIPT, TextSlot.NEXT_STEPS): (
        "材料需要补正的，将一次性告知需要补正的全部内容。\n"
        "办理进度、所在环节和剩余时限可随时登录系统查看。\n"
        "本回执仅证明申报材料已经收到，不代表审核结果。"
    ),
    (TextKind.RECEIPT_AGAIN, TextSlot.TITLE): "补正材料受理回执",
    (TextKind.CORRECTION, TextSlot.TITLE): "关于补正申报材料的告知书",
    (TextKind.CORRECTION, TextSlot.OPENING): (
        "你单位提交的“{条款名称}”申报（编号 {受理编号}）收悉。经{环节名称}，需补正以下内容："
    ),
    (TextKind.CORRECTION, TextSlot.CLOSING): (
        "请于{截止日期}二十四时前登录系统补正并重新提交；补正期间办理时限停止计算，逾期未补正的，按有关规定处理。"
    ),
    (TextKind.REFUSAL, TextSlot.TITLE): "关于不予支持申报事项的告知书",
    (TextKind.REFUSAL, TextSlot.OPENING): (
        "你单位提交的{政策年度}年度“{条款名称}”申报（编号 {受理编号}）经审核，决定不予支持。理由如下："
    ),
    (TextKind.REFUSAL, TextSlot.REMEDIES): _REMEDIES,
    (TextKind.REFUSAL, TextSlot.CLOSING): "特此告知。",
    (TextKind.ZERO, TextSlot.TITLE): "关于奖补金额核定结果的告知书",
    (TextKind.ZERO, TextSlot.OPENING): (
        "你单位提交的{政策年度}年度“{条款名称}”申报（编号 {受理编号}）收悉。"
        "经审核符合条款条件，但核定金额为零，现将理由告知如下："
    ),
    (TextKind.ZERO, TextSlot.DECISION): "{核定说明}。",
    (TextKind.APPROVAL, TextSlot.TITLE): "关于{政策年度}年度{条款名称}的批复",
    (TextKind.APPROVAL, TextSlot.OPENING): (
        "你单位提交的{政策年度}年度“{条款名称}”申报（编号 {受理编号}）收悉。经审核、公示，批复如下："
    ),
    (TextKind.APPROVAL, TextSlot.DECISION): "同意给予你单位{政策年度}年度“{条款名称}”奖补资金。",
    (TextKind.APPROVAL, TextSlot.REMEDIES): _REMEDIES,
    (TextKind.APPROVAL, TextSlot.CLOSING): "特此批复。",
    (TextKind.PUBLICITY, TextSlot.OPENING): (
        "根据{政策依据}，经企业申报、部门审核和年度核算，现将{政策年度}年度拟予奖补的"
        "{事项数}个事项（合计{合计金额}元）予以公示。\n"
        "公示期自{公示起始日期}起，至{公示截止日期}二十四时止（首日不计入，末日遇休息日顺延至其后第一个工作日）。"
    ),
    (TextKind.PUBLICITY, TextSlot.CLOSING): (
        "公示期内，单位和个人对公示内容有异议的，请实名以书面形式提出，并附联系方式和有关证明材料。"
    ),
    (TextKind.PUBLICITY, TextSlot.NEXT_STEPS): (
        "异议可在公示网页上对所涉事项在线提出，也可向{单位名称}书面提出。受理异议的联系方式：{联系方式}。"
    ),
    (TextKind.OBJECTION_FILED, TextSlot.TITLE): "异议受理回执",
    (TextKind.OBJECTION_FILED, TextSlot.OPENING): (
        "你（单位）对《{公示名称}》提出的异议，{单位名称}已经收到，现予受理。"
    ),
    (TextKind.OBJECTION_FILED, TextSlot.NEXT_STEPS): (
        "核查期间，所涉事项暂缓办理；公示的其他事项不受影响。\n"
        "答复以书面作出。可随时凭查询码在公示网页查看办理情况并下载答复。\n"
        "请妥善保管查询码：凭此码可以看到本异议的办理情况。"
    ),
    (TextKind.OBJECTION_REPLY, TextSlot.TITLE): "关于公示异议的答复",
    (TextKind.OBJECTION_REPLY, TextSlot.OPENING): (
        "你（单位）于{提出日期}对《{公示名称}》{所涉事项}提出的异议（编号 {异议编号}）收悉。"
        "{处理结果}现将核查情况答复如下："
    ),
    (TextKind.OBJECTION_REPLY, TextSlot.CLOSING): "特此答复。",
    (TextKind.PAYMENT_NOTICE, TextSlot.TITLE): "关于拨付{政策年度}年度奖补资金（{资金级次}）的通知",
    (TextKind.PAYMENT_NOTICE, TextSlot.OPENING): (
        "你单位{政策年度}年度“{条款名称}”申报（编号 {受理编号}）核定的奖补资金，"
        "{资金级次}分担部分已于{拨付日期}拨付，现通知如下："
    ),
    (TextKind.PAYMENT_NOTICE, TextSlot.CLOSING): "请收到资金后按国家统一的会计制度及时入账，并按规定用途使用。",
    (TextKind.RECOVERY_NOTICE, TextSlot.TITLE): "关于追回{政策年度}年度奖补资金的通知",
    (TextKind.RECOVERY_NOTICE, TextSlot.OPENING): (
        "你单位{政策年度}年度“{条款名称}”奖补资金（编号 {受理编号}）已拨付 {已拨金额} 元。"
        "经查，决定追回其中 {应退金额} 元，现通知如下："
    ),
    (TextKind.RECOVERY_NOTICE, TextSlot.NEXT_STEPS): (
        "退款期限和方式：请于{截止日期}二十四时前将款项退回{拨付单位}的原拨付账户，可以分次退回，"
        "附言注明“追回 {受理编号}”，并将退款凭证上传系统；账户信息请向{拨付单位}核实。"
    ),
    (TextKind.RECOVERY_NOTICE, TextSlot.REMEDIES): _REMEDIES,
    (TextKind.RECOVERY_NOTICE, TextSlot.CLOSING): "特此通知。",
}

#: Forms of a kind, and the kind whose words they share in the slots that they do not have themselves.
BASES: dict[str, str] = {
    TextKind.RECEIPT_AGAIN: TextKind.RECEIPT,
    TextKind.ZERO: TextKind.REFUSAL,
    TextKind.OBJECTION_FILED: TextKind.RECEIPT,
}


def base_of(kind: str) -> str:
    """The kind of letter that a text kind belongs to."""
    return BASES.get(kind, kind)


def slots_of(kind: str) -> list[str]:
    """The slots of a kind or form that have words of their own, in the order of the paper."""
    return [slot for (of, slot) in DEFAULTS if of == kind]


def owner_of(kind: str, slot: str) -> str:
    """Whose words stand in a slot: the form's own, else those of its kind."""
    return kind if (kind, slot) in DEFAULTS else base_of(kind)
