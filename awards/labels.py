"""How the reasons of a settlement read."""

REASONS: dict[str, str] = {
    "": "按条款金额核定",
    "not_chosen": "同类型条款就高不就低，本条款不重复奖补",
    "external_award": "已获其他市级同类政策奖补，不重复奖补",
    "cap": "年度累计奖补超过销售收入（不含税）5% 上限，按比例核减",
    "not_eligible": "核算时不符合条款条件",
}
