"""How the reasons of a settlement and the verdicts about a receipt read."""

from awards.enums import AwardState
from policies.rules.receipt import Verdict

#: The tone of the badge of each state.
TONES: dict[AwardState, str] = {
    AwardState.CANDIDATE: "info",
    AwardState.HELD: "danger",
    AwardState.SETTLED: "info",
    AwardState.NOTHING: "neutral",
    AwardState.PUBLIC: "info",
    AwardState.OBJECTED: "warning",
    AwardState.APPROVED: "success",
    AwardState.PAYING: "info",
    AwardState.PAID: "success",
    AwardState.RETURNED: "neutral",
}

REASONS: dict[str, str] = {
    "": "按条款金额核定",
    "not_chosen": "同类型条款就高不就低，本条款不重复奖补",
    "external_award": "已获其他市级同类政策奖补，不重复奖补",
    "cap": "年度累计奖补超过上限，已核减",
    "not_eligible": "核算时不符合条款条件",
    "paid": "此前已核定的金额更高，不再变动",
    "closed": "此前已核定并公示或拨付，不再变动",
}

#: What became of a receipt that was computed again.
VERDICTS: dict[Verdict, str] = {"same": "一致", "wording": "文字不同", "different": "不一致", "touched": "被改动"}
