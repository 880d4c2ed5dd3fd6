"""Every stored award is proved from its receipt; what changed since is explained, what was touched is told."""

import copy
import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.queries.revisions import revision_digest
from awards.actions import return_award
from awards.enums import AwardState
from awards.models import Award, Settlement, SettlementLine
from awards.queries import receipts
from awards.queries.receipts import prove
from common.canonical import digest
from policies.actions import change_setting, retire_version
from policies.models import Clause, ClauseVersion, KeptDefinition, PolicySetting, ReferenceSeries
from policies.rules.receipt import definition_sha256
from tests.awards.entries import sales
from tests.awards.test_compute import with_sales
from tests.factories.accounts import AdministratorFactory, EnterpriseFactory
from tests.factories.applications import POLICY, YEAR, make_company
from tests.factories.awards import forward, make_award, make_candidate, settle
from tests.factories.reviews import LATER, approver


def run(*args, status=0):
    """What the command prints; it must end with this status."""
    out = StringIO()
    if status:
        with pytest.raises(CommandError) as caught:
            call_command("recompute", *args, stdout=out)
        assert caught.value.returncode == status
        assert "不成立" in str(caught.value)
    else:
        call_command("recompute", *args, stdout=out)
    return out.getvalue()


def verify(*args, status=0):
    return run("--verify", *args, status=status)


def overwrite(table, pk, **columns):
    """Change a row as somebody would who owns the tables and switches the triggers off; the shares follow the sum."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        if "settled_fen" in columns and "city_fen" not in columns:
            cursor.execute(f"SELECT district_fen FROM {table} WHERE id = %s", [pk])
            district = min(columns["settled_fen"], cursor.fetchone()[0])
            columns |= {"city_fen": columns["settled_fen"] - district, "district_fen": district}
        values = [json.dumps(value) if isinstance(value, dict | list) else value for value in columns.values()]
        cursor.execute(
            f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in columns)} WHERE id = %s", [*values, pk]
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def forget_definitions():
    """As before definitions were kept: receipts of the first format, and no definition beside them."""
    for award in Award.objects.all():
        receipt = award.receipt | {"format": 1}
        receipt["sha256"] = digest({key: value for key, value in receipt.items() if key != "sha256"})
        overwrite("awards_award", award.pk, receipt=receipt)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM policies_keptdefinition")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def set_day_count():
    setting = PolicySetting.objects.get(document__number=POLICY, key="day_count")
    change_setting(
        setting,
        value=365,
        valid_from=dt.date(2023, 10, 10),
        reason="演示：改为按365天计息",
        by=AdministratorFactory(),
        at=LATER,
        acknowledged=True,
    )


def add_rate():
    series = ReferenceSeries.objects.get(key="lpr_1y")
    series.known_until = dt.date(2027, 1, 31)
    series.save(update_fields=["known_until"])
    series.values.create(on=dt.date(2027, 1, 20), value="2.90")


def replace_clause(clause_id, change):
    """A new version in the place of the published one; written as it stands, for what it cites is made up."""
    clause = Clause.objects.get(document__number=POLICY, clause_id=clause_id)
    old = ClauseVersion.objects.get(clause=clause)
    retire_version(old, by=AdministratorFactory(), at=LATER)
    new = ClauseVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.state, new.published_at = None, 2, "published", LATER
    new.retired_at = new.retired_by = None
    new.definition = copy.deepcopy(old.definition)
    change(new.definition)
    new.definition_sha256, new.content_sha256 = digest(new.definition), digest([new.definition, 2])
    new.save(force_insert=True)


def halve_cap(definition):
    definition["award"]["row_cap"]["value"] = "2500000.00"


class TestHolds:
    def test_an_award_verifies_and_nothing_else_is_said(self, company):
        make_award(company)
        assert verify() == "1 份凭据：一致 1，文字不同 0，不一致 0，被改动 0。\n"

    def test_without_awards_nothing_fails(self, policies_loaded):
        assert verify() == "0 份凭据：一致 0，文字不同 0，不一致 0，被改动 0。\n"

    def test_computing_keeps_the_definition_that_the_receipt_names(self, company, stranger):
        first, second = make_award(company), make_award(stranger, "3.1.2")
        kept = KeptDefinition.objects.get()
        assert first.receipt["definition_sha256"] == second.receipt["definition_sha256"] == kept.sha256

    @pytest.mark.parametrize("clause_id", ["3.1.1", "3.1.2", "3.3.2", "3.4.2"])
    def test_of_every_kind_of_clause(self, company, clause_id):
        make_award(company, clause_id)
        assert "一致 1" in verify()

    def test_awards_with_fixed_amounts_before_them(self, policies_loaded):
        company = with_sales("200000000.00")
        forward(make_award(company, "3.1.1"), AwardState.PUBLIC)
        forward(make_award(company, "3.4.5"), AwardState.PUBLIC)
        cut = make_award(company, "3.3.2")
        assert cut.receipt["paid"] == {"3.1.1": "1000000.00", "3.4.5": "9000000.00"}
        assert verify() == "3 份凭据：一致 3，文字不同 0，不一致 0，被改动 0。\n"

    def test_after_a_setting_changed(self, company):
        award = make_award(company, "3.1.2")
        set_day_count()
        said = verify("--award", str(award.pk))
        assert "：一致\n" in said
        assert "设置「贷款贴息的计息年天数」现为 365，出具时为 360。" in said
        whole = verify()
        assert "2024 年度 1 份凭据的条款定义" in whole
        assert "现为 365，出具时为 360" in whole
        assert "奖补" not in whole  # nothing is to be said about the award itself

    def test_after_a_rate_was_added(self, company):
        award = make_award(company, "3.1.2")
        add_rate()
        said = verify("--award", str(award.pk))
        assert "：一致\n" in said
        assert "2027-01-20 起的利率现为 2.90%，出具时没有（在 2024 年度之后，不影响该年度的金额）。" in said
        assert "数据截至日期现为 2027-01-31" in said

    def test_after_the_clause_was_replaced(self, company):
        award = make_award(company)
        replace_clause("3.4.5", halve_cap)
        said = verify("--award", str(award.pk))
        assert "：一致\n" in said
        assert "条款 3.4.5 现行第 2 版，出具时适用第 1 版。" in said
        assert "条款 3.4.5 的单项上限现为 2,500,000.00 元，出具时为 5,000,000.00 元。" in said

    def test_after_everything_changed_at_once(self, company, stranger):
        make_award(company)
        set_day_count()
        add_rate()
        replace_clause("3.4.5", halve_cap)
        make_award(stranger, "3.3.2")
        said = verify()
        assert "2 份凭据：一致 2，文字不同 0，不一致 0，被改动 0。" in said
        assert "2024 年度 1 份凭据的条款定义" in said
        assert KeptDefinition.objects.count() == 2

    def test_after_the_clause_governs_no_more(self, company):
        award = make_award(company)
        for version in ClauseVersion.objects.filter(state="published"):
            retire_version(version, by=AdministratorFactory(), at=LATER)
        said = verify("--award", str(award.pk))
        assert "：一致\n" in said
        assert "现在没有适用于 2024 年度的已发布政策。" in said

    def test_another_engine_with_other_words(self, company):
        award = make_award(company)
        receipt = copy.deepcopy(award.receipt)
        receipt["answer"]["claims"][0]["trace"][0]["step"] = "旧的写法"
        receipt["engine_sha256"] = "0" * 64
        receipt["answer_sha256"] = digest(receipt["answer"])
        receipt["sha256"] = digest({key: value for key, value in receipt.items() if key != "sha256"})
        overwrite("awards_award", award.pk, receipt=receipt)
        overwrite("awards_settlement", award.settlement_id, answer=receipt["answer"])
        said = verify()
        assert "金额一致，计算过程的文字表述因程序版本更新而不同。" in said
        assert "1 份凭据：一致 0，文字不同 1，不一致 0，被改动 0。其中 1 份由其他版本的计算程序出具。" in said


class TestDoesNotHold:
    @pytest.fixture
    def award(self, company):
        return make_award(company)

    def test_one_fen_in_the_receipt(self, award):
        receipt = copy.deepcopy(award.receipt)
        receipt["answer"]["settlement"]["lines"][0]["settled"] = "9000000.01"
        overwrite("awards_award", award.pk, receipt=receipt)
        said = verify(status=1)
        assert f"奖补 {award.pk}（{award.application.number} " in said
        assert "凭据内容与其校验值不符，可能被改动。" in said
        assert "3.4.5 核定金额：凭据为 9,000,000.01 元，现为 9,000,000.00 元" in said
        assert "被改动 1" in said

    def test_one_fen_everywhere_with_fresh_sums(self, award):
        """A forger who changes receipt, settlement and award together meets the definition."""
        receipt = copy.deepcopy(award.receipt)
        line = receipt["answer"]["settlement"]["lines"][0]
        line["settled"] = "8999999.99"
        receipt["answer_sha256"] = digest(receipt["answer"])
        receipt["sha256"] = digest({key: value for key, value in receipt.items() if key != "sha256"})
        overwrite("awards_award", award.pk, receipt=receipt, settled_fen=8_999_999_99)
        overwrite("awards_settlementline", award.lines.get().pk, settled_fen=8_999_999_99)
        overwrite("awards_settlement", award.settlement_id, answer=receipt["answer"])
        said = verify(status=1)
        assert "：不一致\n" in said
        assert "凭据为 8,999,999.99 元，现为 9,000,000.00 元" in said

    def test_a_changed_award(self, award):
        changes = {
            "settled_fen": (8_999_999_99, "奖补记录的核定金额为 8,999,999.99 元，凭据为 9,000,000.00 元。"),
            "candidate_fen": (9_000_000_01, "奖补记录的条款金额为 9,000,000.01 元，凭据为 9,000,000.00 元。"),
            "reason": ("cap", "奖补记录的调整原因为“年度累计奖补超过"),
            "approved_fen": (1, "牵头单位同意的金额为 0.01 元，条款金额为 9,000,000.00 元"),
        }
        self.each_is_told("awards_award", award, changes)

    def test_a_changed_settlement(self, award):
        changes = {
            "fixed": ({"3.1.1": "1.00"}, "年度核算记录的此前已核定的金额与凭据不同。"),
            "document": ({}, "年度核算记录的评估文件与凭据不同。"),
            "answer": ({}, "年度核算记录的结果与凭据不同。"),
            "cap_fen": (None, "年度核算记录的上限为 无，凭据为 150,000,000.00 元。"),
            "total_fen": (1, "年度核算记录的合计为 0.01 元，凭据为 9,000,000.00 元。"),
        }
        self.each_is_told("awards_settlement", award.settlement, changes)

    def each_is_told(self, table, row, changes):
        for name, (value, sentence) in changes.items():
            overwrite(table, row.pk, **{name: value})
            said = verify(status=1)
            assert sentence in said
            assert "被改动 1" in said
            overwrite(table, row.pk, **{name: getattr(row, name)})
        assert "一致 1" in verify()

    def test_a_changed_revision(self, award):
        overwrite("applications_revision", award.revision_id, facts={"projects": []})
        said = verify(status=1)
        assert "申报第 1 版的内容与其摘要不符，可能被改动。" in said
        assert "凭据所载数据与申报第 1 版不同。" in said

    def test_an_earlier_award_that_is_not_what_was_taken_as_fixed(self, company, award):
        forward(award, AwardState.PUBLIC)
        later = make_award(company, "3.3.2")
        line = SettlementLine.objects.get(settlement=later.settlement_id, award=award)
        overwrite("awards_settlementline", line.pk, settled_fen=8_000_000_00)
        said = verify(status=1)
        assert "凭据所载条款 3.4.5 此前核定的金额为 9,000,000.00 元，奖补记录为 8,000,000.00 元。" in said
        assert "被改动 1" in said  # the earlier award has a settlement of its own

    def test_a_changed_line(self, award):
        line = award.lines.get()
        changes = {
            "settled_fen": (8_000_000_00, "年度核算明细的核定金额为 8,000,000.00 元，奖补记录为 9,000,000.00 元。"),
            "candidate_fen": (1, "年度核算明细的条款金额为 0.01 元，奖补记录为 9,000,000.00 元。"),
        }
        self.each_is_told("awards_settlementline", line, changes)

    def test_a_decision_that_is_not_the_lead_units(self, company):
        award = make_award(company, "3.1.1")
        overwrite("awards_award", award.pk, approved_fen=2_000_000_00)
        said = verify(status=1)
        assert "凭据所载条款 3.1.1 经审核确定的金额为 1,000,000.00 元，奖补记录为 2,000,000.00 元。" in said

    def test_junk_in_the_place_of_a_receipt(self, award):
        for receipt in ({}, [], {"document": 1}, {"format": 2, "answer": {"settlement": {}}}):
            overwrite("awards_award", award.pk, receipt=receipt)
            said = verify(status=1)
            assert "凭据的内容不完整，不能与奖补记录核对。" in said
            assert "被改动 1" in said

    def test_a_changed_definition(self, award):
        kept = KeptDefinition.objects.get()
        kept.definition["settings"]["day_count"]["value"] = 365
        overwrite("policies_keptdefinition", kept.pk, definition=kept.definition)
        said = verify(status=1)
        assert "留存的条款定义与其校验值不符，可能被改动。" in said

    def test_a_definition_that_is_gone_and_cannot_be_put_together_again(self, award):
        add_rate()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM policies_keptdefinition")
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        said = verify(status=1)
        assert "不一致 1" in said
        assert "代为核验" in said

    def test_the_others_are_counted(self, award, stranger):
        make_award(stranger)
        overwrite("awards_award", award.pk, settled_fen=1)
        said = verify(status=1)
        assert "2 份凭据：一致 1，文字不同 0，不一致 0，被改动 1。" in said
        assert said.count("奖补 ") == 1


class TestBeforeDefinitionsWereKept:
    def test_put_together_again_with_the_same_hash(self, company):
        award = make_award(company, "3.1.2")
        forget_definitions()
        assert verify() == "1 份凭据：一致 1，文字不同 0，不一致 0，被改动 0。其中 1 份的条款定义没有留存。\n"
        assert "重新组成的定义与凭据的校验值一致" in verify("--award", str(award.pk))

    def test_with_the_clause_as_it_was_filed(self, company):
        """A version that replaced the filed one does not come into the definition."""
        award = make_award(company)
        replace_clause("3.4.5", halve_cap)
        forget_definitions()
        (proof,) = prove(Award.objects.filter(pk=award.pk))
        assert proof.basis == "rebuilt"
        assert proof.holds
        assert definition_sha256(proof.definition) == award.receipt["definition_sha256"]

    def test_something_that_does_not_concern_the_amount_changed(self, company):
        make_award(company, "3.1.2")
        add_rate()
        forget_definitions()
        said = verify()
        assert "：一致\n" in said
        assert "出具时没有留存条款定义；以现有的设置和参考利率重新组成的定义代为核验" in said

    def test_something_that_changes_the_amount(self, company):
        make_award(company, "3.1.2")
        set_day_count()
        forget_definitions()
        said = verify(status=1)
        assert "：不一致\n" in said
        assert "条款定义与出具凭据时不同。" in said
        assert "3.1.2 条款金额：凭据为" in said


class TestWhatIf:
    def test_nothing_changed(self, company):
        award = make_award(company)
        assert "金额与凭据相同。" in run("--award", str(award.pk))

    def test_what_todays_rules_would_give(self, company):
        award = make_award(company)
        replace_clause("3.4.5", halve_cap)
        said = run("--award", str(award.pk))
        assert "按现行规定试算，不改变任何记录" in said
        assert "3.4.5 条款金额：凭据为 9,000,000.00 元，现为 5,000,000.00 元。" in said
        assert "单项上限现为 2,500,000.00 元" in said
        assert Award.objects.get().settled_fen == 9_000_000_00

    def test_rules_that_do_not_fit_the_document(self, company):
        award = make_award(company)
        replace_clause("3.4.5", lambda definition: definition["facts"][0]["columns"][1].update(maximum="1.00"))
        assert "现行规定不能套用凭据所载的数据" in run("--award", str(award.pk))

    def test_as_json(self, company):
        award = make_award(company)
        replace_clause("3.4.5", halve_cap)
        found = json.loads(run("--award", str(award.pk), "--json"))
        assert found["award"] == award.pk
        assert found["answer"]["settlement"]["lines"][0]["candidate"] == "5000000.00"
        assert found["faults"] == []

    def test_it_is_a_question_about_one(self, policies_loaded):
        with pytest.raises(CommandError, match="--award"):
            run()

    def test_an_unknown_number(self, policies_loaded):
        for more in ((), ("--verify",)):
            with pytest.raises(CommandError, match="没有编号为 4711 的奖补"):
                run("--award", "4711", *more)


class TestManner:
    def test_what_was_never_settled_has_no_receipt(self, company):
        award = make_candidate(company)
        assert verify().startswith("0 份")
        for more in ((), ("--verify",)):
            with pytest.raises(CommandError, match="尚未核算"):
                run("--award", str(award.pk), *more)

    def test_a_checked_figure_is_proved_and_another_one_is_not(self, company):
        award = make_candidate(company)
        sales(award.account, "100000000.00")
        settle(award.account, at=LATER + dt.timedelta(hours=1))
        assert verify().startswith("1 份凭据：一致 1")
        row = award.account.checked_figures.get()
        overwrite("awards_checkedfigure", row.pk, value={"other": 1})
        assert "凭据所载年度数据与最近一次申报的数据和核定的数据不同。" in verify(status=1)

    def test_a_returned_award_and_a_later_settlement_of_the_others_hold(self, policies_loaded):
        company = with_sales("200000000.00")
        first, second = make_award(company), make_award(company, "3.3.2")
        first.refresh_from_db()
        by = approver("市工信局")
        return_award(award=first, reason="复核", expected_version=first.version, by=by, at=LATER)
        settle(second.account)
        assert verify().startswith("2 份凭据：一致 2，")

    def test_of_one_year(self, company):
        make_award(company)
        assert verify("--policy-year", str(YEAR)).startswith("1 份")
        assert verify("--policy-year", "2025").startswith("0 份")

    def test_as_json(self, company, stranger):
        award = make_award(company)
        make_award(stranger)
        overwrite("awards_award", award.pk, settled_fen=1)
        set_day_count()
        found = json.loads(verify("--json", status=1))
        assert [(row["award"], row["verdict"], row["holds"]) for row in found["awards"]] == [
            (award.pk, "touched", False)
        ]
        assert found["awards"][0]["remarks"][0] == "奖补记录的核定金额为 0.01 元，凭据为 9,000,000.00 元。"
        summary = found["summary"]
        assert (summary["receipts"], summary["same"], summary["touched"], summary["holds"]) == (2, 1, 1, False)
        (change,) = summary["changes"]
        assert (
            change["differences"] == ["设置「贷款贴息的计息年天数」现为 365，出具时为 360。"]
            or len(change["differences"]) == 3
        )  # with its reason and its confirmation
        assert change["receipts"] == 2

    def test_nothing_is_written(self, company, monkeypatch):
        make_award(company)
        with CaptureQueriesContext(connection) as queries:
            verify()
            run("--award", str(Award.objects.get().pk))
        words = {query["sql"].split()[0].strip('"') for query in queries}
        assert words <= {"SELECT", "SAVEPOINT", "RELEASE", "DECLARE", "FETCH", "CLOSE", "SET"}

    def test_many_awards_ask_no_more_than_few(self, company, monkeypatch):
        """Thirty awards in three parts; each part asks once for its awards and twice for what stands beside them."""
        award = make_award(company)
        grow(award, 30)
        monkeypatch.setattr(receipts, "CHUNK", 10)
        computed = []
        verify_receipt = receipts.verify_receipt
        monkeypatch.setattr(
            receipts, "verify_receipt", lambda *args, **more: computed.append(1) or verify_receipt(*args, **more)
        )
        with CaptureQueriesContext(connection) as queries:
            proofs = list(prove(Award.objects.all()))
        assert len(proofs) == 30
        assert all(proof.holds for proof in proofs)
        asked = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "DECLARE"))]
        with CaptureQueriesContext(connection) as queries:
            list(prove(Award.objects.filter(pk=award.pk)))
        one = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "DECLARE"))]
        assert len(asked) - len(one) <= 4  # two more parts, and each asks twice for what stands beside its awards
        assert len(computed) == 2  # one receipt for thirty awards, computed once in each run


def grow(award, count):
    """The database with so many awards, each of an enterprise of its own, as rows alone (no review behind them).

    A document does not name its enterprise, so that their receipts are the same.
    """
    for _ in range(count - 1):
        enterprise = EnterpriseFactory(district=award.account.enterprise.district)
        rows = Award.objects.select_related("application", "revision", "account", "settlement").get(pk=award.pk)
        application, revision, account, settlement = rows.application, rows.revision, rows.account, rows.settlement
        for row in (application, revision, account, settlement, rows):
            row.pk = None
        application.enterprise = account.enterprise = enterprise
        application.number = f"演示-{enterprise.pk}"
        application.save(force_insert=True)
        revision.application, revision.idempotency_key = application, f"演示-{enterprise.pk}"
        revision.sha256 = revision_digest(revision)
        revision.save(force_insert=True)
        account.save(force_insert=True)
        line = SettlementLine.objects.get(settlement=award.settlement_id)
        settlement.account = account
        settlement.proposal = None
        settlement.save(force_insert=True)
        rows.application, rows.revision, rows.account, rows.settlement = application, revision, account, settlement
        rows.save(force_insert=True)
        line.pk, line.settlement, line.award = None, settlement, rows
        line.save(force_insert=True)


def test_awards_of_many_accounts_stay_apart(policies_loaded):
    """What was fixed before is looked up in the award's own account."""
    for figure in ("200000000.00", "190000000.00"):
        company = with_sales(figure)
        forward(make_award(company, "3.4.5"), AwardState.PUBLIC)
        make_award(company, "3.3.2")
    make_award(make_company(), "3.3.2")
    assert Settlement.objects.count() == 5
    assert verify().startswith("5 份凭据：一致 5，")
