"""Tables in Excel: what is filled in is taken over exactly, whole or not at all; every fault is told by row."""

import io
from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.budgets import open_envelope
from awards.actions.figures import enter_checked_figure
from awards.actions.imports import MAX_CHANGES, apply_table, discard_table
from awards.enums import AwardState, ImportState, ListState, PaymentState, Share
from awards.models import Award, CheckedFigure, Envelope, EnvelopeEntry, ExternalAward, ImportFile, PaymentResult
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.tables.tables import MAX_FAULTS
from common.tables.writing import marked_copy
from tests.factories.accounts import UserFactory, make_uscc
from tests.factories.applications import YEAR, clause, make_company
from tests.factories.awards import make_approved_award, make_candidate, payer
from tests.factories.imports import ABOUT, changed, filled, make_sent_list, places, plain, send, template
from tests.factories.reviews import LATER, approver, officer

pytestmark = pytest.mark.django_db
SALES, SOURCE = "销售收入（不含税）（元）", "依据"
FORMULA = '=HYPERLINK("http://example.com","x")'


@pytest.fixture
def bureau(policies_loaded) -> Unit:
    return Unit.objects.get(name="市工信局")


@pytest.fixture
def clerk(bureau):
    return officer(bureau)


def told(file: ImportFile) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in file.faults]


def apply(file: ImportFile, by) -> ImportFile:
    return apply_table(file=file, expected_version=file.version, by=by, at=LATER)


# --------------------------------------------------------------------------------------------- templates


def test_a_template_lists_what_is_known_and_opens_as_a_workbook(company, bureau, clerk):
    make_candidate(company)
    book = load_workbook(io.BytesIO(template("figures", ABOUT, bureau, clerk)))
    sheet = book["年度数据"]
    head, titles = places(sheet)
    assert sheet.freeze_panes == f"A{head + 1}"
    row = {title: sheet.cell(row=head + 1, column=column) for title, column in titles.items()}
    assert row["统一社会信用代码"].value == company.enterprise.uscc
    assert row["统一社会信用代码"].number_format == "@"
    assert row["企业名称"].value == company.enterprise.name
    assert row[SALES].value is None
    assert row[f"企业申报：{SALES}"].value == 3_000_000_000
    assert book["填写说明"]["A2"].value.startswith("本表用于录入2024年度")
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ["'选项'!$A$2:$A$3"]


def test_a_template_names_no_enterprise_of_another_unit(company, policies_loaded):
    make_candidate(company)
    other = Unit.objects.get(name="经开区")
    book = load_workbook(io.BytesIO(template("figures", ABOUT, other, officer(other))))
    assert company.enterprise.name not in {cell.value for row in book["年度数据"] for cell in row}


# ------------------------------------------------------------------------------------------------- 年度数据


def test_figures_are_shown_before_and_after_and_taken_over_once(company, bureau, clerk):
    award = make_candidate(company)
    data = filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: 2_999_999_999.99, SOURCE: "完税证明1号"}})
    file = send("figures", data, bureau, clerk)
    assert file.state == ImportState.READY
    assert [(one["label"], one["field"], one["before"], one["after"]) for one in file.summary] == [
        (company.enterprise.name, SALES, "（无核定数）", "2,999,999,999.99 元")
    ]
    assert not CheckedFigure.objects.exists()
    assert apply(file, clerk).state == ImportState.APPLIED
    row = CheckedFigure.objects.get()
    assert (row.account, row.key, row.value, row.source) == (
        award.account,
        "sales_ex_tax",
        "2999999999.99",
        "完税证明1号",
    )
    assert AuditEvent.objects.filter(event="import.applied").count() == 1
    with pytest.raises(Conflict):
        apply(ImportFile.objects.get(pk=file.pk), clerk)
    with pytest.raises(Conflict, match="不能重复导入"):
        send("figures", data, bureau, clerk)
    assert CheckedFigure.objects.count() == 1


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(0.1 + 0.2, "0.30", id="binary"),
        pytest.param("１，２３４．５０", "1234.50", id="full-width"),
        pytest.param(1200, "1200.00", id="whole"),
        pytest.param(9_999_999_999_999.99, "9999999999999.99", id="fifteen-digits"),
        pytest.param(0, "0.00", id="nothing"),
    ],
)
def test_money_is_read_exactly(company, bureau, clerk, value, read):
    make_candidate(company)
    file = send(
        "figures",
        filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: value, SOURCE: "一"}}),
        bureau,
        clerk,
    )
    assert file.faults == []
    apply(file, clerk)
    assert CheckedFigure.objects.get().value == read


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        pytest.param(1.005, "最多两位小数", id="three-decimals"),
        pytest.param(10 / 3, "最多两位小数", id="a-third"),
        pytest.param(-5, "不能为负数", id="negative"),
        pytest.param("三千", "不是有效的金额", id="words"),
        pytest.param("1.2.3", "不是有效的金额", id="points"),
        pytest.param(1e300, "金额过大", id="huge"),
        pytest.param(98_765_432_109_876.55, "不足以精确保存", id="beyond-fifteen-digits"),
        pytest.param(True, "应为金额", id="truth"),
        pytest.param(datetime(2026, 3, 1), "应为金额", id="day"),
        pytest.param("=1+1", "此格是公式", id="formula"),
        pytest.param("=NA()", "此格是公式", id="error-formula"),
        pytest.param("#REF!", "错误值", id="error"),
    ],
)
def test_what_is_no_amount_is_told_by_row_and_column(company, bureau, clerk, value, sentence):
    make_candidate(company)
    file = send(
        "figures",
        filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: value, SOURCE: "一"}}),
        bureau,
        clerk,
    )
    assert (file.state, told(file)) == (ImportState.FAULTY, [(2, SALES)])
    assert sentence in file.faults[0]["message"]
    assert file.summary == []


def test_every_fault_of_a_table_is_told_at_once(company, stranger, bureau, clerk):
    make_candidate(company)
    make_candidate(stranger)
    data = filled(
        template("figures", ABOUT, bureau, clerk),
        {
            1: {SALES: 1, "全职研发人员": "十", SOURCE: None},
            2: {"企业名称": "另一家公司", SALES: 2, SOURCE: "二"},
            3: {"统一社会信用代码": 913601, "企业名称": "某", "政策年度": 2023, SALES: 3, SOURCE: "三"},
            4: {
                "统一社会信用代码": company.enterprise.uscc.lower(),
                "企业名称": company.enterprise.name,
                "政策年度": "2024年度",
                SALES: 4,
                SOURCE: "四",
            },
            5: {"统一社会信用代码": make_uscc(9_000_002), "企业名称": "无", "政策年度": 2024, SALES: 5, SOURCE: "五"},
        },
    )
    file = send("figures", data, bureau, clerk)
    assert file.state == ImportState.FAULTY
    assert {fault["row"] for fault in file.faults} == {2, 3, 4, 5, 6}
    assert (2, "全职研发人员") in told(file)
    assert (2, SOURCE) in told(file)
    assert (3, "企业名称") in told(file)
    assert (4, "统一社会信用代码") in told(file)
    assert (4, "政策年度") in told(file)
    assert (5, "统一社会信用代码") in told(file)  # the enterprise a second time
    assert (6, "统一社会信用代码") in told(file)
    assert not CheckedFigure.objects.exists()


def test_an_enterprise_of_others_reads_like_none(company, policies_loaded):
    """An officer learns nothing about enterprises that the own unit has nothing to do with."""
    make_candidate(company)
    other = Unit.objects.get(name="经开区")
    clerk = officer(other)
    head = ["统一社会信用代码", "企业名称", "政策年度", SALES, SOURCE]
    data = plain(
        head,
        [company.enterprise.uscc, company.enterprise.name, 2024, 5, "一"],
        [make_uscc(9_000_001), "没有的企业", 2024, 5, "一"],
    )
    file = send("figures", data, other, clerk)
    first, second = (fault["message"] for fault in file.faults)
    assert first == second
    assert told(file) == [(2, "统一社会信用代码"), (3, "统一社会信用代码")]


def test_a_person_of_the_enterprise_is_refused_by_row(company, bureau):
    make_candidate(company)
    person = UserFactory()
    bureau.members.create(user=person, role=UnitRole.HANDLER)
    company.enterprise.members.create(user=person, role="agent")
    data = filled(template("figures", ABOUT, bureau, person), {1: {SALES: 7, SOURCE: "一"}})
    file = send("figures", data, bureau, person)
    assert file.state == ImportState.FAULTY
    assert file.faults[0]["row"] == 2
    assert "该企业的成员" in file.faults[0]["message"]


def test_nobody_sends_for_a_unit_without_the_role(company, bureau):
    make_candidate(company)
    data = template("figures", ABOUT, bureau, officer(bureau))
    for stranger in (officer("经开区"), officer(bureau, UnitRole.LEADER), company.agent):
        with pytest.raises(NotAllowed):
            send("figures", data, bureau, stranger)


# -------------------------------------------------------------------------------------- the shape of a table


def _renamed(sheet):
    sheet["A1"].value = "信用代码"


def _merged(sheet):
    sheet.merge_cells("A2:A3")


def _hidden_row(sheet):
    sheet.row_dimensions[2].hidden = True


def _hidden_column(sheet):
    sheet.column_dimensions["F"].hidden = True


def _extra(sheet):
    sheet.cell(row=1, column=30).value = "备注二"


def _twice(sheet):
    sheet.cell(row=1, column=30).value = "企业名称"


def _other_title(sheet):
    sheet.title = "改过名的表"


def _other_subject(sheet):
    sheet.parent.properties.subject = "nanchang-ei:figures:hongfufa-2023-30:2023"


def _no_head(sheet):
    sheet.delete_rows(1)


def _far_below(sheet):
    sheet.cell(row=900_000, column=1).value = "x"


@pytest.mark.parametrize(
    ("change", "row", "sentence"),
    [
        pytest.param(_renamed, 1, "缺少“统一社会信用代码”一列；表中有不认识的列：A 列“信用代码”", id="renamed"),
        pytest.param(_merged, 2, "合并的单元格", id="merged"),
        pytest.param(_hidden_row, 2, "这一行是隐藏的", id="hidden-row"),
        pytest.param(_hidden_column, 1, "这一列是隐藏的", id="hidden-column"),
        pytest.param(_extra, 1, "AD 列“备注二”不在模板中", id="extra"),
        pytest.param(_twice, 1, "出现了两次", id="twice"),
        pytest.param(_other_title, 0, "找不到工作表“年度数据”", id="other-title"),
        pytest.param(_other_subject, 0, "另一个对象下载的模板", id="other-subject"),
        pytest.param(_no_head, 0, "找不到表头", id="no-head"),
        pytest.param(_far_below, 0, "超过 5,000 行", id="far-below"),
    ],
)
def test_a_table_of_another_shape_is_told_and_not_read(company, bureau, clerk, change, row, sentence):
    make_candidate(company)
    data = filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: 7, SOURCE: "一"}})
    file = send("figures", changed(data, change), bureau, clerk)
    assert file.state == ImportState.FAULTY
    assert file.faults[0]["row"] == row
    assert sentence in file.faults[0]["message"]
    assert len(file.faults) == 1


def test_too_many_rows_are_refused(bureau, clerk):
    data = plain(["统一社会信用代码", "企业名称", "政策年度", SALES, SOURCE], *[["x", "y", 2024, 1, "z"]] * 5_001)
    file = send("figures", data, bureau, clerk)
    assert [fault["message"] for fault in file.faults] == ["表格超过 5,000 行，请拆分为几份分别上传。"]


def test_thousands_of_faults_are_cut_and_the_number_is_told(company, bureau, clerk):
    make_candidate(company)
    head = ["统一社会信用代码", "企业名称", "政策年度", "类型", "金额（元）", "政策和文号"]
    data = plain(head, *[["x", "y", 2023, "无", -1, None]] * 900, sheet="其他政策奖补")
    file = send("external", data, bureau, clerk)
    assert len(file.faults) == MAX_FAULTS
    assert file.faults[0]["message"].startswith("差错共 4,500 处")


def test_more_changes_than_one_request_can_make_are_refused(company, bureau, clerk):
    make_candidate(company)
    rows = [["研发投入", 10, f"文号{number}"] for number in range(MAX_CHANGES + 1)]
    file = send("external", _external(company, *rows), bureau, clerk)
    assert [fault["message"] for fault in file.faults] == ["改动有 301 处，一份表格最多 300 处，请拆分为几份分别上传。"]


def test_a_template_that_nobody_filled_in_changes_nothing(company, bureau, clerk):
    make_candidate(company)
    file = send("figures", template("figures", ABOUT, bureau, clerk), bureau, clerk)
    assert file.state == ImportState.FAULTY
    assert "没有任何改动" in file.faults[0]["message"]


def test_only_workbooks_are_taken(bureau, clerk):
    for data in (b"%PDF-1.4", b"a,b\n1,2\n", b""):
        with pytest.raises(Invalid):
            send("figures", data, bureau, clerk)
    assert not ImportFile.objects.exists()


# --------------------------------------------------------------------------- between dry run and taking over


def test_a_fault_that_arose_meanwhile_stops_everything(company, stranger, bureau, clerk):
    make_candidate(company)
    make_candidate(stranger)
    data = filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: 7, SOURCE: "一"}, 2: {SALES: 8, SOURCE: "二"}})
    file = send("figures", data, bureau, clerk)
    assert file.state == ImportState.READY
    stranger.enterprise.members.create(user=clerk, role="agent")
    with pytest.raises(Invalid, match="全部没有导入"):
        apply(file, clerk)
    file.refresh_from_db()
    assert (file.state, len(file.faults), file.summary) == (ImportState.FAULTY, 1, [])
    assert not CheckedFigure.objects.exists()


def test_another_before_than_was_shown_is_shown_first(company, bureau, clerk):
    award = make_candidate(company)
    data = filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: 7, SOURCE: "一"}})
    file = send("figures", data, bureau, clerk)
    enter_checked_figure(
        account=award.account,
        key="sales_ex_tax",
        value="5.00",
        source="另一人",
        unit=bureau,
        by=approver(bureau),
        at=LATER,
    )
    with pytest.raises(Conflict, match="与您看到的不同"):
        apply(file, clerk)
    file.refresh_from_db()
    assert (file.state, file.summary[0]["before"]) == (ImportState.READY, "5.00 元")
    apply(file, clerk)
    assert CheckedFigure.objects.order_by("-pk")[0].value == "7.00"


def test_an_old_page_changes_nothing(company, bureau, clerk):
    make_candidate(company)
    file = send(
        "figures", filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: 7, SOURCE: "一"}}), bureau, clerk
    )
    with pytest.raises(Conflict):
        apply_table(file=file, expected_version=file.version + 1, by=clerk, at=LATER)
    discard_table(file=file, expected_version=file.version, by=clerk, at=LATER)
    file.refresh_from_db()
    with pytest.raises(Conflict):
        apply(file, clerk)
    assert file.state == ImportState.DISCARDED
    assert not CheckedFigure.objects.exists()


def test_the_same_file_again_is_checked_again(company, bureau, clerk):
    make_candidate(company)
    person = UserFactory()
    bureau.members.create(user=person, role=UnitRole.HANDLER)
    member = company.enterprise.members.create(user=person, role="agent")
    data = filled(template("figures", ABOUT, bureau, person), {1: {SALES: 7, SOURCE: "一"}})
    first = send("figures", data, bureau, person)
    assert first.state == ImportState.FAULTY
    member.is_active = False
    member.save()
    again = send("figures", data, bureau, person)
    assert (again.pk, again.state, again.faults) == (first.pk, ImportState.READY, [])


# ------------------------------------------------------------------------------------------ 其他政策奖补


def _external(company, *rows):
    head = ["统一社会信用代码", "企业名称", "政策年度", "类型", "金额（元）", "政策和文号"]
    return plain(
        head, *[[company.enterprise.uscc, company.enterprise.name, 2024, *row] for row in rows], sheet="其他政策奖补"
    )


def test_external_awards_are_entered_with_the_table_as_their_document(company, bureau, clerk):
    make_candidate(company)
    data = _external(company, ["研发投入", 120_000.5, "洪科字〔2024〕8号"], ["研发投入", 80_000, "洪科字〔2024〕9号"])
    file = send("external", data, bureau, clerk)
    assert [(one["before"], one["after"]) for one in file.summary] == [
        ("0.00 元", "120,000.50 元"),
        ("120,000.50 元", "200,000.50 元"),
    ]
    apply(file, clerk)
    rows = ExternalAward.objects.order_by("pk")
    assert [(row.group, row.amount_fen, row.sha256) for row in rows] == [
        ("研发投入", 12_000_050, file.sha256),
        ("研发投入", 8_000_000, file.sha256),
    ]


def test_the_same_award_from_another_table_is_refused_by_row(company, bureau, clerk):
    make_candidate(company)
    apply(send("external", _external(company, ["研发投入", 10, "洪科字〔2024〕8号"]), bureau, clerk), clerk)
    file = send(
        "external",
        _external(
            company,
            ["研发投入", 20, "另一文号"],
            ["研发投入", 10, "洪科字〔2024〕8号"],
            ["没有的类型", 10, "甲"],
            ["研发投入", 0, "乙"],
            ["研发投入", 20, "另一文号"],
        ),
        bureau,
        clerk,
    )
    assert told(file) == [(3, ""), (4, "类型"), (5, "金额（元）"), (6, "")]
    assert ExternalAward.objects.count() == 1


# ------------------------------------------------------------------------------------------------- 资金预算


def _budget(*rows):
    head = ["单位", "级次", "条款", "政策年度", "预算科目编码", "预算科目名称", "预算总额（元）", "事由"]
    return plain(head, *rows, sheet="资金预算")


def _standing(bureau, by, fen=100_00):
    return open_envelope(
        unit=bureau,
        share=Share.CITY,
        clause=clause("3.4.5"),
        policy_year=YEAR,
        subject_code="2150899",
        subject_name="其他支出",
        amount_fen=fen,
        reason="洪财〔2026〕1号",
        by=by,
        at=LATER,
    )


def test_budgets_are_opened_and_adjusted_to_the_total_of_the_table(bureau):
    person = officer(bureau, UnitRole.FINANCE)
    envelope = _standing(bureau, person)
    data = _budget(
        ["市工信局", "市级", "3.4.5", 2024, "2150900", "另一科目", 250, "洪财〔2026〕2号"],
        ["市工信局", "市级", "3.3.2", 2024, None, None, 80, "洪财〔2026〕3号"],
    )
    file = send("budgets", data, bureau, person)
    assert [(one["row"], one["field"], one["before"], one["after"]) for one in file.summary] == [
        (2, "预算总额", "100.00 元", "250.00 元"),
        (2, "预算科目", "2150899 其他支出", "2150900 另一科目"),
        (3, "下达预算", "（无预算）", "80.00 元"),
    ]
    apply(file, person)
    envelope.refresh_from_db()
    assert (envelope.amount_fen, envelope.subject_code) == (250_00, "2150900")
    assert Envelope.objects.get(clause=clause("3.3.2")).amount_fen == 80_00
    # The same totals in another file change nothing any more.
    again = send("budgets", _budget(["市工信局", "市级", "3.4.5", 2024, None, None, 250, "再来一次"]), bureau, person)
    assert "没有任何改动" in again.faults[0]["message"]
    assert EnvelopeEntry.objects.count() == 3


def test_budgets_below_what_is_committed_or_of_others_are_refused_whole(company, bureau):
    person = officer(bureau, UnitRole.FINANCE)
    data = _budget(
        ["市工信局", "市级", "3.4.5", 2024, None, None, 100, "甲"],
        ["高新区", "县区级", "3.4.5", 2024, None, None, 100, "乙"],
        ["市工信局", "市级", "3.3.2", 2024, None, None, 100, None],
        ["市工信局", "县区级", "3.4.1", 2024, None, None, 100, "丙"],
        ["市工信局", "市级", "9.9", 2024, None, None, 100, "丁"],
        ["市工信局", "市级", "3.4.5", 2023, None, None, 100, "戊"],
    )
    file = send("budgets", data, bureau, person)
    assert (3, "单位") in told(file)
    assert (4, "事由") in told(file)
    assert (6, "条款") in told(file)
    assert (7, "政策年度") in told(file)
    assert not Envelope.objects.exists()
    file = send(
        "budgets",
        _budget(
            ["市工信局", "市级", "3.4.5", 2024, None, None, 100, "甲"],
            ["市工信局", "县区级", "3.3.2", 2024, None, None, 100, "丙"],
        ),
        bureau,
        person,
    )
    assert told(file) == [(3, "下达预算")]  # the gesture itself refuses: 市工信局 is no district
    assert not Envelope.objects.exists()


def test_a_budget_is_not_taken_below_what_is_committed(company, bureau):
    award = make_approved_award(company)
    person = officer(bureau, UnitRole.FINANCE)
    file = send("budgets", _budget(["市工信局", "市级", "3.4.5", 2024, None, None, 1, "调减"]), bureau, person)
    assert file.state == ImportState.FAULTY
    assert file.faults[0]["row"] == 2
    assert "不能调减" in file.faults[0]["message"]
    rows = _budget(
        ["市工信局", "市级", "3.4.5", 2024, None, None, 1, "调减"],
        ["市工信局", "市级", "3.3.2", 2024, None, None, 100, None],
    )
    both = send("budgets", rows, bureau, person)
    assert [fault["row"] for fault in both.faults] == [2, 3]  # what a gesture refuses beside what is filled in wrongly
    assert Envelope.objects.get(unit=bureau, clause=award.application.clause).committed_fen == award.city_fen


# ------------------------------------------------------------------------------------------------- 拨付结果


@pytest.fixture
def listing(company, stranger):
    return make_sent_list(make_approved_award(company), make_approved_award(stranger))


DAY = LATER.date()


def _results(listing, by, *rows, total):
    waiting = listing.rows.filter(state=PaymentState.SENT).count()
    cells = {number: dict(row) for number, row in enumerate(rows, start=1)}
    cells[waiting + 1] = {"金额（元）": total}
    return filled(template("results", listing.number, listing.unit, by), cells)


def test_results_are_recorded_row_by_row_with_their_sum(listing):
    person = payer()
    first = listing.rows.order_by("row")[0]
    data = _results(
        listing,
        person,
        {"结果": "已拨付", "日期": datetime(DAY.year, DAY.month, DAY.day), "凭证号": "A-1"},
        {"结果": "退回", "日期": f"{DAY.year}年{DAY.month}月{DAY.day}日", "原因": "户名不符"},
        total=first.amount_fen / 100,
    )
    file = send("results", data, listing.unit, person, about=listing.number)
    assert file.faults == []
    assert not PaymentResult.objects.exists()
    apply(file, person)
    results = PaymentResult.objects.order_by("payment__row")
    assert [(row.kind, row.on, row.reason, row.reference, row.imported_from_id) for row in results] == [
        ("paid", DAY, "", "A-1", file.pk),
        ("returned", DAY, "户名不符", "", file.pk),
    ]
    listing.refresh_from_db()
    assert listing.state == ListState.CLOSED


def test_rows_without_a_result_wait_for_another_table(listing):
    person = payer()
    first = listing.rows.order_by("row")[0]
    data = _results(listing, person, {"结果": "已拨付", "日期": DAY.isoformat()}, total=first.amount_fen / 100)
    apply(send("results", data, listing.unit, person, about=listing.number), person)
    listing.refresh_from_db()
    assert listing.state == ListState.SENT
    again = send(
        "results",
        _results(
            listing,
            person,
            {"结果": "已拨付", "日期": DAY.isoformat()},
            total=listing.rows.order_by("row")[1].amount_fen / 100,
        ),
        listing.unit,
        person,
        about=listing.number,
    )
    # The template now holds the row that waits alone.
    assert [one["label"].split()[1] for one in again.summary] == ["2"]
    assert apply(again, person).state == ImportState.APPLIED
    listing.refresh_from_db()
    assert listing.state == ListState.CLOSED


def test_wrong_rows_and_wrong_sums_are_told_and_nothing_is_recorded(listing):
    person = payer()
    first, second = listing.rows.order_by("row")
    head = ["序号", "户名", "账号后四位", "金额（元）", "结果", "日期", "原因", "凭证号"]

    def line(row, **values):
        given = {
            "序号": row.row,
            "户名": row.account_name,
            "账号后四位": row.account_number[-4:],
            "金额（元）": row.amount_fen / 100,
            "结果": "已拨付",
            "日期": DAY.isoformat(),
            "原因": None,
            "凭证号": None,
        } | values
        return [given[title] for title in head]

    data = plain(
        [f"拨付清单编号：{listing.number}"],
        head,
        line(first, **{"金额（元）": 1}),
        line(second, 户名="另一户名", 账号后四位="0000", 结果="退回"),
        line(second),
        line(second, 序号=77),
        line(first, 序号=None, 结果=None),
        ["合计", None, None, 5],
        sheet="拨付结果",
    )
    file = send("results", data, listing.unit, person, about=listing.number)
    assert {(3, "金额（元）"), (4, "户名"), (4, "账号后四位"), (4, "原因"), (5, "序号"), (6, "序号")} <= set(told(file))
    assert (7, "序号") in told(file)
    assert (8, "金额（元）") in told(file)
    assert not PaymentResult.objects.exists()
    assert {row.state for row in listing.rows.all()} == {PaymentState.SENT}
    assert {award.state for award in Award.objects.all()} == {AwardState.PAYING}


def test_a_sum_that_differs_by_one_fen_stops_everything(listing):
    person = payer()
    first, second = listing.rows.order_by("row")
    paid = {"结果": "已拨付", "日期": DAY.isoformat()}
    total = (first.amount_fen + second.amount_fen + 1) / 100
    file = send(
        "results", _results(listing, person, paid, paid, total=total), listing.unit, person, about=listing.number
    )
    assert told(file) == [(5, "金额（元）")]
    assert "相差 0.01 元" in file.faults[0]["message"]


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        pytest.param(None, "没有填写金额", id="none"),
        pytest.param("=SUM(D3:D4)", "合计是公式", id="formula"),
        pytest.param("很多", "不是有效的金额", id="words"),
    ],
)
def test_the_sum_is_what_the_sender_counted(listing, total, sentence):
    paid = {"结果": "已拨付", "日期": DAY.isoformat()}
    data = _results(listing, payer(), paid, paid, total=total)
    file = send("results", data, listing.unit, payer(), about=listing.number)
    assert [fault["row"] for fault in file.faults] == [5]
    assert sentence in file.faults[0]["message"]


@pytest.mark.parametrize("on", [date(2020, 1, 1), LATER.date() + timedelta(days=400)], ids=["before", "after"])
def test_days_that_cannot_be_are_told_by_row(listing, on):
    paid = {"结果": "已拨付", "日期": on.isoformat()}
    total = sum(row.amount_fen for row in listing.rows.all()) / 100
    file = send(
        "results", _results(listing, payer(), paid, paid, total=total), listing.unit, payer(), about=listing.number
    )
    assert [fault["row"] for fault in file.faults] == [3, 4]


def test_a_cell_that_cannot_be_read_is_told_once(listing):
    """Not as unreadable and then as empty: the second sentence asks for what stands there."""
    total = sum(row.amount_fen for row in listing.rows.all()) / 100
    spoilt = _results(
        listing, payer(), {"结果": "已拨付", "日期": "2026/13/28"}, {"结果": "退回", "日期": "昨天"}, total=total
    )
    file = send("results", spoilt, listing.unit, payer(), about=listing.number)
    days = [fault["message"] for fault in file.faults if fault["column"] == "日期"]
    assert len(days) == 2
    assert all("不是有效的日期" in message for message in days)
    assert (4, "原因") in told(file)  # what is missing beside it is told all the same


def test_results_of_another_list_are_refused(listing, policies_loaded):
    other = make_sent_list(make_approved_award(make_company()))
    person = payer()
    paid = {"结果": "已拨付", "日期": DAY.isoformat()}
    data = changed(
        _results(listing, person, paid, paid, total=1),
        lambda sheet: setattr(sheet.parent.properties, "subject", ""),
    )
    file = send("results", data, other.unit, person, about=other.number)
    assert f"应有“拨付清单编号：{other.number}”" in file.faults[0]["message"]


# ------------------------------------------------------------------------------------------ marked copies


def test_the_copy_marks_every_fault_beside_its_row_and_comes_back_clean(company, bureau, clerk):
    make_candidate(company)
    data = filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: -7, SOURCE: f"'{FORMULA}"}})
    file = send("figures", data, bureau, clerk)
    copy = marked_copy(data, sheet="年度数据", head_row=1, faults=file.faults)
    book = load_workbook(io.BytesIO(copy))
    _, titles = places(book["年度数据"])
    assert "不能为负数" in book["年度数据"].cell(row=2, column=titles["差错"]).value
    assert [row[0].value for row in book["差错清单"].iter_rows(min_row=2)] == [2]
    formulas = [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas == []
    mended = send("figures", filled(copy, {1: {SALES: 7}}), bureau, clerk)
    assert mended.faults == []


def test_what_looks_like_a_formula_stays_a_text_on_every_way(company, bureau, clerk):
    """A text that begins like a formula is taken as the text that it is, and leaves as a text again."""
    make_candidate(company)

    def as_text(sheet):
        _, titles = places(sheet)
        cell = sheet.cell(row=2, column=titles[SOURCE])
        cell.value, cell.data_type = FORMULA, "s"

    data = changed(filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: -1}}), as_text)
    file = send("figures", data, bureau, clerk)
    assert told(file) == [(2, SALES)]
    book = load_workbook(io.BytesIO(marked_copy(data, sheet="年度数据", head_row=1, faults=file.faults)))
    _, titles = places(book["年度数据"])
    cell = book["年度数据"].cell(row=2, column=titles[SOURCE])
    assert (cell.data_type, cell.value) == ("s", f"'{FORMULA}")
