"""What people enter on an account: the choice of the enterprise, figures, the cap, awards of other policies."""

from datetime import timedelta

import pytest

from accounts.enums import UnitRole
from accounts.models import Notification
from awards.actions import (
    choose_in_group,
    compute_award,
    enter_checked_figure,
    propose_settlement,
    return_award,
    withdraw_external_award,
)
from awards.enums import AwardState
from awards.queries.caps import cap_of
from awards.queries.preview import prepare_settlement
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from letters.models import Letter
from tests.awards.entries import clause, external, fresh, leader, sales, unit, why_of
from tests.awards.test_compute import with_sales
from tests.factories.applications import make_company
from tests.factories.awards import forward, make_award, make_candidate, settle
from tests.factories.reviews import LATER, approver, decide, officer, task_of

CAP = 10_000_000_00
SALES = "200000000.00"  # its cap is 1000万


class TestGroupChoice:
    def choose(self, account, by, clause_id="3.4.1", group="研发投入"):
        return choose_in_group(account=account, group=group, clause=clause(clause_id), by=by, at=LATER)

    def test_without_a_choice_the_highest_stands(self, grouped_awards):
        account, first, second = grouped_awards
        settle(account)
        assert (fresh(first).settled_fen, fresh(second).state) == (20_000_000_00, AwardState.NOTHING)
        assert "就高取 3.4.2" in why_of(second)

    def test_the_choice_counts_with_name_and_time(self, grouped_awards, company):
        account, first, second = grouped_awards
        choice = self.choose(account, company.agent)
        assert (choice.chosen_by, choice.chosen_at, choice.recommended.clause_id) == (company.agent, LATER, "3.4.2")
        assert [event.event for event in history(account)] == ["account.clause_chosen"]
        assert Notification.objects.filter(user=officer("市科技局"), title__contains="同类型选择").exists()
        settle(account)
        assert (fresh(first).state, fresh(second).settled_fen) == (AwardState.NOTHING, 3_000_000_00)
        told = why_of(first)
        assert "由经办乙选择 3.4.1" in told
        assert "2026年3月3日" in told
        letter = Letter.objects.get(request_key__startswith=f"award:{first.pk}:")
        assert "由经办乙选择 3.4.1" in str(letter.context)

    def test_the_newest_choice_counts_and_the_same_again_is_the_one_that_stands(self, grouped_awards, company):
        account, first, _ = grouped_awards
        self.choose(account, company.agent)
        newest = self.choose(account, company.legal, "3.4.2")
        assert self.choose(account, company.legal, "3.4.2") == newest
        assert account.choices.count() == 2
        settle(account)
        assert fresh(first).settled_fen == 20_000_000_00

    def test_only_the_enterprise_chooses(self, grouped_awards, stranger):
        account, *_ = grouped_awards
        for by in (stranger.legal, officer("市科技局"), leader()):
            with pytest.raises(NotFound):
                self.choose(account, by)
        assert not account.choices.exists()

    def test_only_among_what_stands_to_be_chosen(self, grouped_awards, company):
        account, *_ = grouped_awards
        with pytest.raises(Invalid, match="可核算的条款"):
            self.choose(account, company.legal, "3.3.1")
        with pytest.raises(Invalid, match="没有这一类型"):
            self.choose(account, company.legal, group="别的类型")

    def test_with_one_clause_there_is_nothing_to_choose(self, company):
        award = make_candidate(company, "3.4.2")
        with pytest.raises(Invalid, match="无需选择"):
            self.choose(award.account, company.legal, "3.4.2")

    def test_once_one_is_public_it_is_too_late(self, grouped_awards, company):
        account, first, _second = grouped_awards
        settle(account)
        forward(first, AwardState.PUBLIC)
        with pytest.raises(Conflict, match="不能再改选"):
            self.choose(account, company.legal)
        assert prepare_settlement(account, at=LATER).faults == ()

    def test_a_choice_from_before_does_not_block_what_stands(self, grouped_awards, company):
        """The chosen file went back to its lead, the other one became public: the account can still be settled."""
        account, first, second = grouped_awards
        self.choose(account, company.legal)
        settle(account)
        back = fresh(second)
        return_award(award=back, reason="复核", expected_version=back.version, by=approver("市科技局"), at=LATER)
        settle(account)
        forward(first, AwardState.PUBLIC)
        decide(task_of(back.application.case))
        again = compute_award(application_id=back.application_id, at=LATER)
        settle(account)
        assert (fresh(first).settled_fen, fresh(again).state) == (20_000_000_00, AwardState.NOTHING)

    def test_the_enterprise_is_asked_once_there_are_two(self, grouped_awards, company):
        assert Notification.objects.filter(user=company.agent, title__contains="请选择“研发投入”").count() == 1


class TestCap:
    def test_the_figures_of_the_cap(self, capped):
        _, account, *_ = capped
        cap = cap_of(account)
        assert (cap.base_fen, cap.by_rule_fen, cap.now_fen) == (200_000_000_00, CAP, CAP)
        assert cap.formula == "销售收入（不含税） 200,000,000.00 元 × 5% = 10,000,000.00 元（不足一分的舍去）"

    def test_the_cut_is_told_to_the_fen(self, capped):
        _, account, first, second = capped
        settle(account)
        assert fresh(first).settled_fen + fresh(second).settled_fen == CAP
        told = why_of(second)
        for words in ("上限 10,000,000.00 元", "合计 12,800,000.00 元", "本件 3,800,000.00 元核减为 2,968,750.00 元"):
            assert words in told

    def test_a_checked_figure_moves_the_cap_and_no_clause_amount(self, capped):
        _, account, first, second = capped
        sales(account, "100000000.00")
        cap = cap_of(account)
        assert (cap.by_rule_fen, cap.checked.unit.name) == (5_000_000_00, "市工信局")
        settlement = settle(account)
        assert settlement.cap_fen == 5_000_000_00
        assert settlement.document["applicant"]["sales_ex_tax"] == "100000000.00"
        assert {fresh(first).candidate_fen, fresh(second).candidate_fen} == {9_000_000_00, 3_800_000_00}
        assert fresh(first).settled_fen + fresh(second).settled_fen == 5_000_000_00

    def test_sales_of_zero_leave_nothing_and_say_so(self, capped):
        _, account, first, second = capped
        sales(account, "0.00")
        assert cap_of(account).consequence == "销售收入（不含税）为 0 元，上限为 0 元：计入上限的奖补将全部核定为零。"
        settle(account)
        assert {fresh(award).state for award in (first, second)} == {AwardState.NOTHING}
        assert "没有可安排的额度" in why_of(first)

    def test_outside_the_cap_it_does_not_matter(self, policies_loaded):
        company = with_sales(SALES)
        award = make_candidate(company, "3.1.1")
        sales(award.account, "0.00", by=officer("市工信局"))
        settle(award.account)
        assert fresh(award).settled_fen == 1_000_000_00

    def test_newly_introduced_there_is_none(self, capped):
        _, account, first, second = capped
        enter_checked_figure(
            account=account,
            key="newly_introduced",
            value=True,
            source="县区核实",
            unit=unit("高新区"),
            by=officer("高新区"),
            at=LATER,
        )
        assert (cap_of(account).by_rule_fen, cap_of(account).why_none) == (None, "新引入企业，不适用年度累计上限。")
        settlement = settle(account)
        assert settlement.cap_fen is None
        assert (fresh(first).settled_fen, fresh(second).settled_fen) == (9_000_000_00, 3_800_000_00)

    def test_an_association_has_none(self, policies_loaded):
        award = make_award(make_company(kind="association"), "3.8.2")
        assert (award.settled_in.cap_fen, award.settled_fen) == (None, 750_000_00)
        assert "不是企业" in cap_of(award.account).why_none

    def test_a_missing_figure_is_told_and_nothing_is_settled(self, capped, monkeypatch):
        _, account, *_ = capped
        real = prepare_settlement.__globals__["evaluation_document"]

        def without(revision, policy=None):
            document = real(revision, policy)
            return document | {"applicant": {**document["applicant"], "sales_ex_tax": None}}

        monkeypatch.setitem(prepare_settlement.__globals__, "evaluation_document", without)
        prepared = prepare_settlement(account, at=LATER)
        assert [fault for fault in prepared.faults if "缺少“销售收入（不含税）”" in fault]
        with pytest.raises(Invalid, match="销售收入"):
            propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        sales(account, SALES)  # a bureau's figure takes its place
        assert prepare_settlement(account, at=LATER).faults == ()

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("-1.00", "不能为负数"),
            ("1.005", "两位小数"),
            (5, "字符串"),
            ("", "请填写"),
            (None, "请填写"),
            ("1e9", "金额"),
        ],
        ids=["negative", "three-decimals", "number", "empty", "null", "exponent"],
    )
    def test_a_wrong_figure_is_refused(self, capped, value, words):
        _, account, *_ = capped
        with pytest.raises(Invalid, match=words):
            sales(account, value)
        assert not account.checked_figures.exists()

    def test_a_figure_needs_its_source_and_its_key(self, capped):
        _, account, *_ = capped
        with pytest.raises(Invalid) as caught:
            sales(account, "-5.00", source="  ")
        assert set(caught.value.errors) == {"value", "source"}
        with pytest.raises(Invalid, match="没有这一数据项"):
            enter_checked_figure(
                account=account, key="rumour", value="1.00", source="x", unit=unit(), by=officer("市工信局"), at=LATER
            )

    def test_the_same_figure_twice_is_one_row(self, capped):
        _, account, *_ = capped
        assert sales(account, "100.00") == sales(account, "100.0")
        assert account.checked_figures.count() == 1

    def test_who_enters(self, capped):
        """经办 or 审核 of a unit that reads a file of this account, and nobody of the enterprise."""
        company, account, *_ = capped
        foreign = officer("市金融办")
        for values in (
            {"by": foreign, "unit": unit("市金融办")},
            {"by": foreign},
            {"by": officer("市工信局", UnitRole.LEADER)},
            {"by": company.legal},
        ):
            with pytest.raises(NotAllowed):
                sales(account, "1.00", **values)
        unit().members.create(user=company.legal, role=UnitRole.HANDLER)
        with pytest.raises(NotAllowed, match="该企业的成员"):
            sales(account, "1.00", by=company.legal)


class TestExternal:
    def test_it_blocks_the_group_and_is_told_with_its_name(self, grouped_awards):
        account, first, second = grouped_awards
        external(account)
        settle(account)
        assert {fresh(award).state for award in (first, second)} == {AwardState.NOTHING}
        assert "洪科字〔2025〕8号 500,000.00 元" in why_of(first)
        assert "市科技局录入" not in why_of(first)
        assert "市科技局录入" in why_of(first, inside=True)

    def test_withdrawn_it_counts_no_more_and_the_record_keeps_what_it_said(self, grouped_awards):
        account, first, second = grouped_awards
        row = external(account)
        settle(account)
        later = LATER + timedelta(hours=1)
        withdraw_external_award(external=row, reason="录错企业", by=officer("市科技局"), at=later)
        assert "洪科字〔2025〕8号" in why_of(first)  # as it was then
        settle(account, at=later)
        assert (fresh(first).settled_fen, fresh(second).state) == (20_000_000_00, AwardState.NOTHING)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"group": "别的"}, "group"),
            ({"fen": 0}, "amount"),
            ({"fen": -1}, "amount"),
            ({"fen": 10**17}, "amount"),
            ({"source": " "}, "source"),
            ({"source": "长" * 201}, "source"),
        ],
        ids=["group", "zero", "negative", "huge", "no-source", "long-source"],
    )
    def test_a_wrong_entry_is_refused(self, grouped_awards, values, field):
        account, *_ = grouped_awards
        with pytest.raises(Invalid) as caught:
            external(account, **values)
        assert set(caught.value.errors) == {field}
        assert not account.external_awards.exists()

    def test_twice_is_a_conflict(self, grouped_awards):
        account, *_ = grouped_awards
        external(account)
        with pytest.raises(Conflict, match="已经录入"):
            external(account)

    def test_another_unit_does_not_withdraw_it(self, grouped_awards):
        account, *_ = grouped_awards
        row = external(account)
        with pytest.raises(NotAllowed):
            withdraw_external_award(external=row, reason="x", by=officer("高新区"), at=LATER)
