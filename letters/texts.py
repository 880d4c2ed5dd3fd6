"""The standing words a new installation begins with; administrators replace them by dated rows of LetterText.

Remedies after 行政复议法 第二十条 (60 days) and 行政诉讼法 第四十六条 (six months).
"""

from letters.enums import LetterKind, TextSlot

_REMEDIES = (
    "如不服本决定，可以自收到本文书之日起60日内依法申请行政复议，"
    "也可以自收到本文书之日起6个月内依法向人民法院提起行政诉讼。"
)

DEFAULTS: dict[tuple[str, str], str] = {
    (LetterKind.RECEIPT, TextSlot.NEXT_STEPS): (
        "材料需要补正的，将一次性告知需要补正的全部内容。\n"
        "办理进度、所在环节和剩余时限可随时登录系统查看。\n"
        "本回执仅证明申报材料已经收到，不代表审核结果。"
    ),
    (LetterKind.CORRECTION, TextSlot.CLOSING): (
        "请于{截止日期}二十四时前登录系统补正并重新提交；补正期间办理时限停止计算，逾期未补正的，按有关规定处理。"
    ),
    (LetterKind.REFUSAL, TextSlot.REMEDIES): _REMEDIES,
    (LetterKind.REFUSAL, TextSlot.CLOSING): "特此告知。",
    (LetterKind.APPROVAL, TextSlot.REMEDIES): _REMEDIES,
    (LetterKind.APPROVAL, TextSlot.CLOSING): "特此批复。",
    (LetterKind.PUBLICITY, TextSlot.CLOSING): (
        "公示期内，单位和个人对公示内容有异议的，请实名以书面形式提出，并附联系方式和有关证明材料。"
    ),
    (LetterKind.OBJECTION_REPLY, TextSlot.CLOSING): "特此答复。",
    (LetterKind.PAYMENT_NOTICE, TextSlot.CLOSING): "请收到资金后按国家统一的会计制度及时入账，并按规定用途使用。",
    (LetterKind.RECOVERY_NOTICE, TextSlot.REMEDIES): _REMEDIES,
    (LetterKind.RECOVERY_NOTICE, TextSlot.CLOSING): "请于{截止日期}前将上述款项退回，并将凭证上传系统。",
}
