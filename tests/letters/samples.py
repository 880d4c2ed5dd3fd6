"""Letters to render without a database."""

from datetime import date

from letters.content import (
    Citation,
    Column,
    FiledDocument,
    FormField,
    LetterContent,
    Paragraph,
    Table,
)
from letters.rendering import LetterFacts

TOKEN = "ABCDEFGH23456789"


def facts(content, **values):
    defaults = {
        "kind": "approval",
        "kind_label": "批复",
        "unit": "演示市工业和信息化局",
        "number": "演工信批〔2026〕5号",
        "token": TOKEN,
        "verify_url": f"https://duixian.example/verify/{TOKEN}/",
        "issued_on": date(2026, 1, 5),
        "title": "演示市工业和信息化局关于同意给予演示祥喆光电有限公司企业上台阶奖励的批复",
        "content": content,
    }
    return LetterFacts(**{**defaults, **values})


APPROVAL = LetterContent(
    recipient="演示祥喆光电有限公司",
    paragraphs=(
        Paragraph("你公司申报材料收悉。经审核，现批复如下："),
        Paragraph("核定情况", 1),
        Paragraph("企业名称所含祥喆、㙍、𬭎等字已核对无误。"),
        Paragraph("资金拨付", 1),
        Paragraph("拨付方式", 2),
        Paragraph("奖励资金拨付至你公司登记的账户。"),
    ),
    amount_fen=600_714,
    table=Table((Column("项目"), Column("金额（元）", numeric=True)), (("上台阶奖励", "6,007.14"),), "核定金额计算表"),
    basis=(Citation("支持电子信息产业的若干政策", "演府发〔2023〕30号", "第三条", "给予一次性奖励。"),),
    closing=(Paragraph("特此批复。"),),
    attachments=("核定金额明细", "公示情况说明"),
    contact="演示经办人，0791-86000000",
    copies_to=("演示市财政局",),
)

RECEIPT = LetterContent(
    recipient="演示晨星电子有限公司",
    paragraphs=(Paragraph("你单位的申报已提交，现予登记受理。"),),
    fields=(
        FormField("申报编号", "SQ2026-000012"),
        FormField("申报事项", "3.1.1 企业上台阶奖励（2026年度）"),
        FormField("主营业务收入", "人民币1,234,567,890.00元"),
        FormField("提交时间", "2026年11月5日 14:03:22"),
        FormField("填报人", "演示经办人"),
        FormField("提交人", "演示法定代表人"),
        FormField("是否新引入企业", "否"),
        FormField("上年营业收入", "987,654,321.00 元"),
        FormField("研发费用", "12,345,678.90 元"),
        FormField("全职研发人员", "123 人"),
        FormField("成立日期", "2019年3月12日"),
        FormField("行业代码", "C3990"),
        FormField("系统测算", "2,000,000.00 元（按所填数据符合条件）。系统按所填数据测算，以审核和核定结果为准。"),
        FormField("内容摘要（SHA-256）", "9f" * 32),
    ),
    amount_fen=200_000_000,
    amount_label="申报金额",
    documents=tuple(
        FiledDocument(f"演示材料{number}", f"{number:02x}" * 32, 1_234_567 * number) for number in range(1, 13)
    ),
    next_steps=("材料需要补正的，将一次性告知。", "可随时登录系统查看进度。", "本回执不代表审核结果。"),
)
