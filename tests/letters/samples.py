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

REMEDIES = (
    "如不服本决定，可以自收到本文书之日起60日内依法申请行政复议，"
    "也可以自收到本文书之日起6个月内依法向人民法院提起行政诉讼。"
)
CITATION = Citation(
    "演示市关于支持电子信息产业高质量发展的若干政策",
    "演府发〔2023〕30号",
    "条款 3.1.1",
    "对主营业务收入首次突破1亿元、5亿元、10亿元、50亿元的电子信息企业，分别给予20万元、50万元、100万元、200万元的一次性奖励。",
)
UNIT = "演示市工业和信息化局"

CORRECTION = LetterContent(
    recipient="演示晨星电子有限公司",
    paragraphs=(
        Paragraph("你单位提交的“企业上台阶奖励”申报（编号 SQ2026-000012）收悉。经初审，需补正以下内容："),
        Paragraph("年度审计报告缺少会计师事务所的签章页，请上传含签章页的完整报告。", 3),
        Paragraph(
            "填报的主营业务收入1,234,567,890.00元与审计报告第12页所列1,233,567,890.00元不一致，请核对并说明差异。", 3
        ),
        Paragraph("信用报告的查询日期早于申报通知规定的日期，请重新查询后上传。", 3),
        Paragraph("纳税申报表只有11个月，缺2025年12月一份。", 3),
    ),
    basis=(CITATION,),
    closing=(
        Paragraph(
            "请于2026年3月20日二十四时前登录系统补正并重新提交；补正期间办理时限停止计算，逾期未补正的，按有关规定处理。"
        ),
    ),
    signer=UNIT,
    contact="演示经办人，0791-86000000",
)

REFUSAL = LetterContent(
    recipient="演示晨星电子有限公司",
    paragraphs=(
        Paragraph("你单位提交的2025年度“企业上台阶奖励”申报（编号 SQ2026-000012）经审核，决定不予支持。理由如下："),
        Paragraph(
            "演示市税务局（会审）：经与申报表核对，2025年度主营业务收入为0.98亿元，未达到首次突破1亿元的条件；"
            "企业补充提交的说明所列集团内部结算收入未开具发票，不计入主营业务收入。",
            3,
        ),
        Paragraph(f"{UNIT}（牵头审核）：同一事项已按2024年度政策享受奖励，依照政策第八条不再重复支持。", 3),
    ),
    basis=(CITATION, Citation("演示市关于支持电子信息产业高质量发展的若干政策", "演府发〔2023〕30号", "第八条")),
    closing=(Paragraph(REMEDIES), Paragraph("特此告知。")),
    signer=UNIT,
)

LONG_APPROVAL = LetterContent(
    recipient="演示高新技术产业开发区祥喆光电科技股份有限公司",
    paragraphs=(
        Paragraph("你单位提交的2025年度“重点企业研发投入补助”申报（编号 SQ2026-000345）收悉。经审核、公示，批复如下："),
        Paragraph("核定结果", 1),
        Paragraph("同意给予你单位2025年度“重点企业研发投入补助”奖补资金。"),
        Paragraph("核定过程", 1),
        Paragraph("研发费用的认定", 2),
        Paragraph(
            "依据专项审计报告，你单位2025年度研发费用为38,456,789.12元，较上年度增加12,345,678.90元。其中委托外部研发费用"
            "按80%计入，人员人工费用以社会保险缴纳名单为准，其他相关费用不超过可加计研发费用总额的10%。"
        ),
        Paragraph("总额上限", 2),
        Paragraph(
            "同一企业同一年度各项奖补资金合计不超过当年在本地缴纳税收形成的地方留成部分；本项经核算没有超过上限。"
        ),
        Paragraph("资金使用", 1),
        Paragraph("奖补资金应当用于研究开发活动，单独核算、专款专用，并自收到资金之日起接受绩效评价和审计监督。"),
    ),
    amount_fen=123_456_789,
    amount_label="核定奖补金额",
    table=Table(
        (Column("计算过程"), Column("金额（元）", numeric=True)),
        (
            ("本年度研发费用", "38,456,789.12"),
            ("上年度研发费用", "26,111,110.22"),
            ("较上年度增加", "12,345,678.90"),
            ("增量的10%", "1,234,567.89"),
            ("单项最高限额", "3,000,000.00"),
            ("核定金额", "1,234,567.89"),
        ),
        "金额计算",
    ),
    basis=(CITATION,),
    closing=(Paragraph(REMEDIES), Paragraph("特此批复。")),
    signer=UNIT,
    copies_to=("演示市财政局", "演示市审计局", "演示高新技术产业开发区管理委员会", "国家税务总局演示市税务局"),
)


def publicity(rows):
    """A 公示 of so many items."""
    names = (
        "演示晨星电子有限公司",
        "演示祥喆光电科技股份有限公司",
        "演示高新区𬭎业半导体材料研究院有限责任公司",
        "演示㙍山软件有限公司",
    )
    clauses = (
        "3.1.1 企业上台阶奖励",
        "3.3.1 研发投入补助",
        "3.2.3 首台（套）重大技术装备和优秀工业设计产品推广应用奖励",
    )
    return LetterContent(
        recipient="各有关单位和个人",
        paragraphs=(
            Paragraph(
                "根据《演示市关于支持电子信息产业高质量发展的若干政策》（演府发〔2023〕30号），经企业申报、部门审核和年度核算，"
                f"现将2025年度拟予奖补的{rows}个事项予以公示。"
            ),
            Paragraph("公示时间", 1),
            Paragraph(
                "公示期自2026年6月1日起，至2026年6月8日二十四时止（首日不计入，末日遇休息日顺延至其后第一个工作日）。"
            ),
            Paragraph("异议的提出", 1),
            Paragraph("公示期内，单位和个人对公示内容有异议的，请实名以书面形式提出，并附联系方式和有关证明材料。"),
        ),
        table=Table(
            (Column("序号"), Column("名称"), Column("条款"), Column("金额（元）", numeric=True)),
            tuple((str(n), names[n % 4], clauses[n % 3], f"{n * 12_345:,}.00") for n in range(1, rows + 1)),
            "拟予奖补名单",
        ),
        signer=UNIT,
        contact="演示经办人，0791-86000000",
        copies_to=("演示市财政局", "演示市审计局", "各县区（开发区）工业和信息化主管部门"),
    )


OBJECTION_REPLY = LetterContent(
    recipient="演某某",
    paragraphs=(
        Paragraph(
            "你（单位）于2026年6月5日对《关于2025年度电子信息产业奖补资金拟支持名单的公示》第12项演示晨星电子有限公司，"
            "3.1.1 企业上台阶奖励，500,000.00元提出的异议（编号 YY2026-000003）收悉。经核查，异议不成立，"
            "所涉事项按程序继续办理。现将核查情况答复如下："
        ),
        Paragraph(
            "关于主营业务收入的真实性。经调取纳税申报表、审计报告并到企业现场核对账簿和发票，申报数据与账簿一致。", 3
        ),
        Paragraph("关于重复享受政策。经查询往年兑现记录，该企业没有就同一事项享受过奖励。", 3),
    ),
    closing=(Paragraph("特此答复。"),),
    signer=UNIT,
    contact="演示经办人，0791-86000000",
)

PAYMENT_NOTICE = LetterContent(
    recipient="演示晨星电子有限公司",
    paragraphs=(
        Paragraph(
            "你单位2025年度“企业上台阶奖励”申报（编号 SQ2026-000012）核定的奖补资金，"
            "市级分担部分已于2026年7月3日拨付，现通知如下："
        ),
    ),
    amount_fen=30_000_000,
    amount_label="本次拨付金额",
    table=Table(
        (Column("项目"), Column("内容")),
        (
            ("核定奖补金额", "500,000.00 元"),
            ("其中市级分担", "300,000.00 元"),
            ("本次拨付", "300,000.00 元"),
            ("资金来源", "演示市财政局2026年度预算（市级）"),
            ("预算科目", "2150805 中小企业发展专项"),
            ("拨付日期", "2026年7月3日"),
            ("收款账户", "贵单位登记的账户，账号末四位 6789"),
            ("拨付清单", "BF2026-000007 第 12 笔"),
        ),
        "拨付明细",
    ),
    basis=(CITATION,),
    closing=(Paragraph("请收到资金后按国家统一的会计制度及时入账，并按规定用途使用。"),),
    signer="演示市财政局",
)

RECOVERY_NOTICE = LetterContent(
    recipient="演示晨星电子有限公司",
    paragraphs=(
        Paragraph("经查，你单位在2025年度“研发投入补助”申报中存在下列情形，依照有关规定决定追回已拨付的奖补资金："),
        Paragraph("事实和理由", 1),
        Paragraph(
            "专项审计发现，你单位申报的研发费用中有4,567,890.00元为生产线日常维护支出，不属于研发活动；剔除后，"
            "研发费用较上年度没有增长，不符合奖补条件。"
        ),
        Paragraph("退款要求", 1),
        Paragraph("应退资金可以分三期退回，每期不少于三分之一；逾期未退的，依法加收利息，并在三年内不予受理新的申报。"),
    ),
    amount_fen=45_678_900,
    amount_label="应退资金",
    basis=(CITATION,),
    closing=(Paragraph(REMEDIES), Paragraph("请于2026年9月30日二十四时前将上述款项退回，并将退款凭证上传系统。")),
    signer=UNIT,
    copies_to=("演示市财政局",),
)

OBJECTION_RECEIPT = LetterContent(
    recipient="演某某",
    paragraphs=(Paragraph("你（单位）提出的异议，演示市工业和信息化局已经收到，现予受理。"),),
    fields=(
        FormField("异议编号", "YY2026-000003"),
        FormField("提出时间", "2026年6月5日"),
        FormField("所涉事项", "第12项 演示晨星电子有限公司，3.1.1 企业上台阶奖励，500,000.00元"),
    ),
    documents=(FiledDocument("证明材料.pdf", "ab" * 32, 345_678),),
    next_steps=("核查期间，所涉事项暂缓办理；公示的其他事项不受影响。", "答复以书面作出。"),
    signer=UNIT,
)


def every_kind():
    """One letter of each kind and form, name → facts."""
    return {
        "receipt": facts(
            RECEIPT, kind="receipt", kind_label="受理回执", title="受理回执", number="演工信受〔2026〕12号"
        ),
        "objection_receipt": facts(
            OBJECTION_RECEIPT,
            kind="receipt",
            kind_label="受理回执",
            title="异议受理回执",
            number="演工信受〔2026〕13号",
        ),
        "correction": facts(
            CORRECTION,
            kind="correction",
            kind_label="补正告知书",
            title="关于补正申报材料的告知书",
            number="演工信补〔2026〕3号",
        ),
        "refusal": facts(
            REFUSAL,
            kind="refusal",
            kind_label="不予支持告知书",
            title="关于不予支持申报事项的告知书",
            number="演工信批〔2026〕8号",
        ),
        "approval": facts(APPROVAL),
        "long_approval": facts(
            LONG_APPROVAL, title="关于2025年度重点企业研发投入补助的批复", number="演工信批〔2026〕105号"
        ),
        "publicity": facts(
            publicity(60),
            kind="publicity",
            kind_label="公示",
            title="关于2025年度电子信息产业奖补资金拟支持名单的公示",
            number="演工信示〔2026〕2号",
        ),
        "short_publicity": facts(
            publicity(6),
            kind="publicity",
            kind_label="公示",
            title="关于2025年度电子信息产业奖补资金拟支持名单（第二批）的公示",
            number="演工信示〔2026〕3号",
        ),
        "objection_reply": facts(
            OBJECTION_REPLY,
            kind="objection_reply",
            kind_label="异议答复",
            title="关于公示异议的答复",
            number="演工信复〔2026〕1号",
        ),
        "payment_notice": facts(
            PAYMENT_NOTICE,
            kind="payment_notice",
            kind_label="拨付通知",
            unit="演示市财政局",
            title="关于拨付2025年度奖补资金（市级）的通知",
            number="演财拨〔2026〕12号",
        ),
        "recovery_notice": facts(
            RECOVERY_NOTICE,
            kind="recovery_notice",
            kind_label="追回通知",
            title="关于追回2025年度研发投入补助资金的通知",
            number="演工信追〔2026〕1号",
            supersedes="演工信追〔2025〕4号",
        ),
    }
