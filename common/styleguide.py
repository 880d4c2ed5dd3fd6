"""Sample forms and content of the style guide page: invented, for developers only."""

import datetime
from typing import Any, Final

from django import forms

CST: Final = datetime.timezone(datetime.timedelta(hours=8))


class SampleForm(forms.Form):
    """One field of each kind that the product uses."""

    revenue = forms.CharField(
        label="年度营业收入",
        help_text="按审计报告合并利润表“营业总收入”填写，可带小数，精确到分。",
        widget=forms.TextInput(attrs={"data-money": "万元", "inputmode": "decimal", "autocomplete": "off"}),
        initial="32,000",
    )
    interest = forms.CharField(
        label="实际支付利息",
        widget=forms.TextInput(attrs={"data-money": "元", "inputmode": "decimal", "autocomplete": "off"}),
        initial="1500000.00",
    )
    project = forms.CharField(label="项目名称", help_text="与借款合同所列用途一致。", max_length=80)
    listed_on = forms.DateField(label="挂牌日期", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    district = forms.ChoiceField(
        label="所属县区", choices=[("", "请选择"), ("gaoxin", "高新区"), ("jingkai", "经开区"), ("wanli", "湾里管理局")]
    )
    kind = forms.ChoiceField(
        label="申报主体",
        choices=[("enterprise", "企业"), ("association", "协会、商会、联盟")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="情况说明", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    contract = forms.FileField(label="借款合同", help_text="PDF，不超过 20 MB。", required=False)
    promise = forms.BooleanField(label="本企业承诺所填内容真实、完整，并承担相应法律责任。")

    def clean_revenue(self) -> str:
        """Refuse what is no figure, to show a fault beside a money field."""
        value: str = self.cleaned_data["revenue"]
        if not value.replace(",", "").replace(".", "").isdigit():
            raise forms.ValidationError("请填写数字，单位已经是“万元”。")
        return value


class LoanForm(forms.Form):
    """A row of the table of loans."""

    bank = forms.CharField(label="贷款银行")
    contract_no = forms.CharField(label="合同编号")
    principal = forms.CharField(
        label="本金", widget=forms.TextInput(attrs={"data-money": "万元", "inputmode": "decimal"})
    )
    drawn_on = forms.DateField(label="放款日", widget=forms.DateInput(attrs={"type": "date"}))
    repaid_on = forms.DateField(
        label="还款日", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="尚未还清的不填。"
    )


class FilterForm(forms.Form):
    """Filters of a list of files."""

    q = forms.CharField(label="企业或受理号", widget=forms.TextInput(attrs={"data-keys-search": ""}), required=False)
    clause = forms.ChoiceField(
        label="条款", choices=[("", "全部"), ("3.1.2", "3.1.2 贷款贴息"), ("3.4.5", "3.4.5 智慧工厂")], required=False
    )
    stage = forms.ChoiceField(label="阶段", choices=[("", "全部"), ("preliminary", "初审")], required=False)


WRONG_ANSWERS: Final = {
    "revenue": "三亿二千万",
    "interest": "1500000.00",
    "project": "",
    "district": "",
    "kind": "enterprise",
}

CONTENT: Final[dict[str, Any]] = {
    "crumbs": [{"label": "首页", "url": "/"}, {"label": "我的待办", "url": "#"}, {"label": "样式指南", "url": ""}],
    "badges": [
        {"state": "draft", "label": "草稿", "tone": "neutral"},
        {"state": "preliminary", "label": "初审中", "tone": "info"},
        {"state": "approved", "label": "已批复", "tone": "success"},
        {"state": "correction", "label": "待补正", "tone": "warning"},
        {"state": "refused", "label": "不予支持", "tone": "danger"},
    ],
    "dues": [
        {"days": 8, "on": datetime.date(2026, 11, 17)},
        {"days": 2, "on": datetime.date(2026, 11, 9)},
        {"days": 0, "on": datetime.date(2026, 11, 5)},
        {"days": -2, "on": datetime.date(2026, 11, 3)},
    ],
    "timeline": [
        {
            "label": "申报",
            "unit": "演示光电有限公司",
            "state": "done",
            "at": datetime.datetime(2026, 10, 12, 9, 41, tzinfo=CST),
        },
        {"label": "初审", "unit": "高新区", "state": "done", "at": datetime.datetime(2026, 10, 21, 16, 5, tzinfo=CST)},
        {
            "label": "会审",
            "unit": "市财政局、市税务局",
            "state": "current",
            "days_left": 2,
            "due": datetime.date(2026, 11, 9),
            "note": "市财政局已提出意见，市税务局正在核对销售收入。",
        },
        {"label": "牵头审核", "unit": "市工信局", "state": "todo"},
        {"label": "公示", "unit": "市工信局", "state": "todo", "note": "公示期 7 天，第一天不计入。"},
    ],
    "timeline_other": [
        {
            "label": "初审",
            "unit": "经开区",
            "state": "paused",
            "note": "补正期间停止计时；请于 2026年11月12日 前补正 2 处。",
        },
        {
            "label": "牵头审核",
            "unit": "市科技局",
            "state": "returned",
            "note": "退回初审：研发费用与专项审计报告不一致。",
        },
    ],
    "trace": [
        {
            "step": "年度营业收入较上年度增加（3.2 亿元 − 2.0 亿元），达到 1 亿元以上",
            "value": "120000000.00",
            "clause": "3.1.2",
            "quote": "对年度营业收入较上年度增加1亿元以上的电子信息企业",
        },
        {
            "step": "2024年3月1日—7月21日，143 天：5,000 万元 × 3.45% × 50% ÷ 360",
            "value": "342604.17",
            "clause": "3.1.2",
            "quote": "按照中国人民银行同期一年期LPR的50%给予贴息",
        },
        {"step": "2024年7月22日—10月20日，91 天：5,000 万元 × 3.35% × 50% ÷ 360", "value": "211701.39"},
        {"step": "2024年10月21日—12月31日，72 天：5,000 万元 × 3.10% × 50% ÷ 360", "value": "155000.00"},
        {
            "step": "每家企业每年不超过 200 万元，未超过",
            "value": "2000000.00",
            "clause": "3.1.2",
            "quote": "每家企业每年不超过200万元",
        },
    ],
    "total": 70_930_556,
    "sections": [
        {
            "title": "年度数据（本年度各项申报共用）",
            "tasks": [
                {"label": "企业基本情况", "url": "#a", "status": {"label": "已完成", "tone": "success"}},
                {
                    "label": "2025 年度经营数据",
                    "url": "#b",
                    "hint": "营业收入、研发费用、全职研发人员",
                    "status": {"label": "进行中", "tone": "info"},
                },
            ],
        },
        {
            "title": "本项申报",
            "tasks": [
                {
                    "label": "贷款明细",
                    "url": "#c",
                    "hint": "已填 2 笔",
                    "status": {"label": "有 1 处需更正", "tone": "warning"},
                },
                {
                    "label": "证明材料",
                    "url": "#d",
                    "hint": "8 份，已传 5 份",
                    "status": {"label": "进行中", "tone": "info"},
                },
                {
                    "label": "核对并提交",
                    "url": None,
                    "hint": "其他部分完成后可以提交",
                    "status": {"label": "暂不能开始", "tone": "neutral"},
                },
            ],
        },
    ],
    "steps": [
        {"label": "选择条款", "state": "done", "url": "#1"},
        {"label": "年度数据", "state": "done", "url": "#2"},
        {"label": "本项内容", "state": "current", "url": "#3"},
        {"label": "证明材料", "state": "todo", "url": ""},
        {"label": "核对提交", "state": "todo", "url": ""},
    ],
    "rows": [
        {"key": "企业名称", "value": "演示光电（南昌）有限公司", "url": "#e"},
        {"key": "统一社会信用代码", "value": "91360100MA0000000X"},
        {"key": "年度营业收入", "money": 32_000_000_000, "url": "#f"},
        {"key": "全职研发人员", "value": "126 人", "old": "162 人", "url": "#g"},
        {"key": "绩效目标", "value": "", "url": "#h"},
    ],
    "files": [
        {
            "name": "借款合同（洪都支行 2024-118 号）.pdf",
            "url": "#file",
            "size": 3_482_112,
            "kind": "借款合同",
            "uploaded_at": datetime.datetime(2026, 10, 11, 15, 20, tzinfo=CST),
            "status": {"label": "已检查", "tone": "success"},
            "replace_url": "#replace",
            "delete_url": "#delete",
        },
        {
            "name": "利息支付清单2024年度全部贷款含提前还款部分的逐月明细最终版.xlsx",
            "size": 88_064,
            "kind": "利息支付清单",
            "status": {"label": "检查中", "tone": "info"},
        },
    ],
    "tabs": [
        {"label": "待我办理", "url": "#t1", "active": True, "count": 12},
        {"label": "即将到期", "url": "#t2", "active": False, "count": 3},
        {"label": "已办", "url": "#t3", "active": False, "count": 148},
        {"label": "全部", "url": "#t4", "active": False, "count": None},
    ],
    "chips": [{"label": "条款：3.1.2 贷款贴息", "remove_url": "#r1"}, {"label": "单位：高新区", "remove_url": "#r2"}],
    "cases": [
        {
            "no": "申2026-00031",
            "name": "演示光电（南昌）有限公司",
            "clause": "3.1.2",
            "fen": 70_930_556,
            "days": -2,
            "tone": "info",
            "state": "初审中",
        },
        {
            "no": "申2026-00044",
            "name": "演示半导体科技有限公司",
            "clause": "3.4.5",
            "fen": 500_000_000,
            "days": 1,
            "tone": "info",
            "state": "会审中",
        },
        {
            "no": "申2026-00052",
            "name": "演示智能终端股份有限公司",
            "clause": "3.2.3",
            "fen": 2_000_000_000,
            "days": 6,
            "tone": "warning",
            "state": "待补正",
        },
    ],
}
