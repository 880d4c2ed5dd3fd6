"""From an approval to a candidate, from a settlement to amounts: exact, each once, with a receipt that recomputes."""

import copy
from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.actions.figures import save_figures
from accounts.models import Notification
from applications.enums import State
from applications.queries import evaluation_document
from awards import handlers
from awards.actions import compute_award
from awards.enums import AwardState
from awards.letters import request_award_letter
from awards.models import Award, Settlement, YearAccount
from awards.queries.preview import awards_of, governing_policy
from common.audit.queries import history
from common.money import yuan
from common.outbox.actions import run_owed
from letters.enums import LetterKind
from letters.models import Letter
from policies.actions import end_version, publish_version
from policies.actions.drafts import draft_from, save_draft
from policies.drafts import ClauseContent
from policies.queries import published_policy
from policies.rules.receipt import verify_receipt
from policies.rules.wording import decided_words
from reviews.assessment import assess
from reviews.enums import StageKind
from reviews.queries.decisions import decision_in_force
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, FIGURES, POLICY, YEAR, file, make_company, make_filled
from tests.factories.awards import forward, make_award, make_candidate, settle
from tests.factories.reviews import (
    LATER,
    advance_to,
    case_of,
    decide,
    make_approved,
    make_case,
    task_of,
)


def with_sales(sales: str, **company):
    """An enterprise whose cap is 5 % of these sales."""
    made = make_company(**company)
    save_figures(
        enterprise=made.enterprise,
        policy_year=YEAR,
        values=FIGURES | {"sales_ex_tax": sales},
        expected_version=None,
        by=made.agent,
        at=AT,
    )
    return made


def held_award(company, monkeypatch) -> Award:
    """The lead agreed to a figure that the engine does not give any more."""
    case = advance_to(make_case(company), StageKind.LEAD)
    with monkeypatch.context() as patch:
        patch.setattr(
            "reviews.actions.decisions.assess",
            lambda revision, **values: replace(assess(revision, **values), amount_fen=8_000_000_00),
        )
        decide(task_of(case))
    return compute_award(application_id=case.application_id, at=LATER)


def letter_of(award: Award) -> Letter:
    """The 批复 that the end of the publicity orders."""
    return request_award_letter(award=award, by=None, at=LATER)


def state_of(award: Award) -> str:
    """The application's state as it stands in the database."""
    return Award.objects.values_list("application__state", flat=True).get(pk=award.pk)


class TestAmounts:
    @pytest.mark.parametrize(
        ("clause_id", "fen"),
        [
            ("3.4.5", 9_000_000_00),  # 800万 × 50% = 400万; 1200万 × 50% → 单个项目 500万
            ("3.2.3", 10_000_000_00),  # 20亿 × 0.5%
            ("3.3.1", 2_469_135_78),  # 12,345,678.90 × 20%
            ("3.3.2", 3_800_000_00),  # 3,800万 × 10%
        ],
    )
    def test_to_the_fen_through_the_whole_review(self, company, clause_id, fen):
        award = make_award(company, clause_id)
        assert award.state == AwardState.SETTLED
        assert (award.approved_fen, award.candidate_fen, award.settled_fen, award.reason) == (fen, fen, fen, "")
        assert state_of(award) == State.AWARDED
        assert award.settlement.cap_fen == 150_000_000_00  # 30亿 × 5%
        assert award.settlement.total_fen == fen

    def test_a_discretionary_amount_is_what_the_lead_decided(self, company):
        case = advance_to(make_case(company, "3.1.3a"), StageKind.LEAD)
        decide(task_of(case), amount_fen=6_543_210_99)
        award = compute_award(application_id=case.application_id, at=LATER)
        assert (award.state, award.candidate_fen, award.settled_fen) == (AwardState.CANDIDATE, 6_543_210_99, 0)
        settle(award.account)
        award.refresh_from_db()
        assert award.settled_fen == 6_543_210_99
        assert award.receipt["decisions"] == {"3.1.3a": {"amount": "6543210.99"}}

    def test_the_cap_cuts_what_is_open_pro_rata_in_the_order_of_the_clauses(self, policies_loaded):
        company = with_sales("200000000.00")  # cap 1000万
        first = make_award(company, "3.4.5")
        assert first.settled_fen == 9_000_000_00
        second = make_award(company, "3.3.2")
        first.refresh_from_db()
        # ⌊1000万 × 380 ÷ 1280⌋, then the rest: nothing of the first was public yet
        assert (second.candidate_fen, second.settled_fen, second.reason) == (3_800_000_00, 2_968_750_00, "cap")
        assert (first.settled_fen, first.reason, first.state) == (7_031_250_00, "cap", AwardState.SETTLED)
        assert (second.settlement.number, second.settlement.total_fen) == (2, 10_000_000_00)
        assert second.settlement.fixed == {}

    def test_what_is_public_stays_and_only_the_rest_is_cut(self, policies_loaded):
        company = with_sales("200000000.00")
        first = forward(make_award(company, "3.4.5"), AwardState.PUBLIC)
        second = make_award(company, "3.3.2")
        first.refresh_from_db()
        assert (first.settled_fen, first.reason) == (9_000_000_00, "")
        assert (second.candidate_fen, second.settled_fen, second.reason) == (3_800_000_00, 1_000_000_00, "cap")
        assert second.settlement.fixed == {"3.4.5": "9000000.00"}

    def test_nothing_left_is_told_with_its_reason(self, policies_loaded):
        company = with_sales("180000000.00")  # cap 900万, which the first award uses up
        forward(make_award(company, "3.4.5"), AwardState.PUBLIC)
        second = make_award(company, "3.3.2")
        assert (second.state, second.settled_fen, second.reason) == (AwardState.NOTHING, 0, "cap")
        assert state_of(second) == State.AWARDED
        letter = Letter.objects.get(request_key=f"award:{second.pk}:2")
        assert letter.kind == LetterKind.REFUSAL
        assert "上限" in str(letter.context)

    def test_of_a_group_only_one_clause_pays(self, company):
        first = make_award(company, "3.4.2")  # 15亿元 … 研发费用 1.5亿 × 15% = 2250万, at most 2000万
        second = make_award(company, "3.4.1")
        assert first.settled_fen == 20_000_000_00
        assert (second.state, second.settled_fen, second.reason) == (AwardState.NOTHING, 0, "not_chosen")

    def test_an_exempt_clause_is_outside_the_cap(self, policies_loaded):
        company = with_sales("180000000.00")
        make_award(company, "3.4.5")
        assert make_award(company, "3.1.1").settled_fen == 1_000_000_00

    def test_years_and_enterprises_do_not_share_an_account(self, company, stranger):
        make_award(company, "3.3.2")
        make_award(stranger, "3.3.2")
        assert YearAccount.objects.count() == 2
        assert set(Settlement.objects.values_list("number", flat=True)) == {1}


class TestOnce:
    def test_delivered_twice_it_is_one_candidate(self, company):
        application = make_approved(company)
        for _ in range(2):
            handlers.case_approved({"application": application.pk}, at=LATER, message_id=1)
        award = Award.objects.get()
        assert (award.state, award.settled_fen, award.candidate_fen) == (AwardState.CANDIDATE, 0, 9_000_000_00)
        assert not Settlement.objects.exists()
        assert not Letter.objects.filter(request_key__startswith="award:").exists()
        assert [event.event for event in history(award)] == ["award.computed"]

    def test_the_letter_names_amount_clause_and_lead(self, company):
        letter = letter_of(make_award(company))
        assert letter.kind == LetterKind.APPROVAL
        assert letter.unit.name == "市工信局"
        assert letter.title == "关于2024年度“5G+智慧工厂”建设补助的批复"
        # quotation marks inside quotation marks are single ones
        assert "“‘5G+智慧工厂’建设补助”" in str(letter.context)
        assert "4,000,000.00" in str(letter.context["table"])
        assert letter.context["amount_fen"] == "9000000.00"

    def test_the_outbox_carries_the_approval_to_the_award(self, company):
        application = make_approved(company)
        run_owed(at=LATER)
        application.refresh_from_db()
        assert application.state == State.APPROVED
        assert application.awards.get().candidate_fen == 9_000_000_00

    def test_before_the_approval_there_is_nothing_to_compute(self, company):
        case = make_case(company)
        with pytest.raises(RuntimeError, match="not approved"):
            compute_award(application_id=case.application_id, at=LATER)
        assert not YearAccount.objects.exists()

    def test_the_lead_learns_that_an_account_waits(self, company):
        award = make_candidate(company)
        told = Notification.objects.filter(url=f"/awards/accounts/{award.account_id}/")
        assert set(told.values_list("user__unit_memberships__unit__name", flat=True)) == {"市工信局"}

    def test_the_enterprise_is_told_and_the_chain_holds(self, company):
        award = make_award(company)
        assert Notification.objects.filter(user=company.legal, url=f"/awards/accounts/{award.account_id}/").exists()
        event = next(event for event in history(award) if event.event == "award.settled")
        assert event.data["settled"] == yuan(award.settled_fen)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command("audit_verify")


@pytest.mark.parametrize("clause_id", ["3.1.1", "3.1.2", "3.2.2", "3.2.3", "3.4.2", "3.4.5", "3.7.2"])
def test_the_letter_of_every_kind_of_clause_can_be_written(company, clause_id):
    """Steps of the working may be words (a list on which the company stands), not only amounts."""
    award = make_award(company, clause_id)
    letter = letter_of(award)
    told = [step for step in award.receipt["answer"]["claims"][0]["trace"] if not step["step"].startswith("提示")]
    assert len(letter.context["table"]["rows"]) >= len(told)


def test_a_letter_tells_what_was_decided_not_what_reviewers_are_asked_to_look_at(company):
    """The marks of open points and the hints about dates stay in the working that officers read."""
    award = make_award(company, "3.1.2")
    steps = [step["step"] for step in award.receipt["answer"]["claims"][0]["trace"]]
    assert any("默认值，待确认" in step for step in steps)
    words = str(letter_of(award).context["table"]["rows"])
    assert "贴息" in words
    assert "待确认" not in words
    assert decided_words("提示：挂牌日期 2021年1月1日 不在政策年度 2024 年内；原文没有写明以哪一日为准，请核对") is None


class TestHeld:
    @pytest.fixture
    def held(self, company, monkeypatch):
        return held_award(company, monkeypatch)

    def test_both_figures_stand_and_no_letter_goes_out(self, held, company):
        assert held.state == AwardState.HELD
        assert (held.approved_fen, held.candidate_fen) == (8_000_000_00, 9_000_000_00)
        assert [event.event for event in history(held)] == ["award.held"]
        assert held.application.state == State.APPROVED
        assert not Letter.objects.filter(request_key__startswith=f"award:{held.pk}").exists()
        assert not Notification.objects.filter(user__in=(company.legal, company.agent), url__startswith="/awards/")

    def test_what_is_held_does_not_use_up_the_cap(self, held, company):
        second = make_award(company, "3.3.2")
        assert second.settlement.fixed == {}
        assert second.settlement.total_fen == 3_800_000_00


class TestReceipt:
    def test_recomputes_to_the_same_fen(self, policies_loaded):
        company = with_sales("200000000.00")
        forward(make_award(company, "3.4.5"), AwardState.PUBLIC)
        award = make_award(company, "3.3.2")
        found = verify_receipt(award.receipt, published_policy(POLICY, YEAR))
        assert found.holds
        assert found.differences == ()
        assert award.receipt["paid"] == {"3.4.5": "9000000.00"}

    def test_a_changed_figure_is_found(self, company):
        receipt = copy.deepcopy(make_award(company, "3.3.2").receipt)
        receipt["document"]["claims"][0]["facts"]["product_sales"][0]["sales_ex_tax"] = "30000000.01"
        found = verify_receipt(receipt, published_policy(POLICY, YEAR))
        assert not found.holds
        assert not found.untouched

    def test_the_rule_is_the_one_that_was_fixed_at_filing(self, company):
        """A version published later for the same year does not reach files that were filed before it."""
        award = make_candidate(company)
        policy = published_policy(POLICY, YEAR)
        version, editor = award.revision.clause_version, AdministratorFactory()
        draft = draft_from(version, valid_from=date(YEAR, 7, 1), by=editor, at=LATER)
        content = ClauseContent.of(draft)
        content = content.with_definition({**content.definition, "competitive": True})
        draft = save_draft(draft, content=content, expected_edit=1, by=editor, at=LATER)
        end_version(version, valid_to=date(YEAR, 6, 30), by=editor, at=LATER)
        publish_version(draft, by=AdministratorFactory(), at=LATER)
        assert published_policy(POLICY, YEAR) != policy
        assert governing_policy(awards_of(award.account)) == policy

    def test_documents_hold_the_figures_that_were_filed(self, company):
        revision = file(make_filled(company), company)
        figures = company.enterprise.yearly_figures.get()
        figures.values |= {"sales_ex_tax": "1.00"}
        figures.save(update_fields=["values"])
        advance_to(case_of(revision), None)
        award = compute_award(application_id=revision.application_id, at=LATER)
        settle(award.account)
        award.refresh_from_db()
        assert award.receipt["document"]["applicant"] == evaluation_document(revision)["applicant"]
        assert award.settlement.cap_fen == 150_000_000_00


class TestDatabase:
    @pytest.fixture
    def award(self, company):
        return make_award(company)

    def refused(self, query):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            query()
        return str(caught.value)

    def test_a_settlement_is_for_good(self, award):
        rows = Settlement.objects.filter(pk=award.settlement_id)
        assert "Cannot update" in self.refused(lambda: rows.update(total_fen=1))
        assert "Cannot" in self.refused(lambda: rows.delete())

    def test_a_settlement_has_its_number_once(self, award):
        row = award.settlement
        row.pk = None
        assert "settlement_number_once" in self.refused(lambda: row.save(force_insert=True))

    @pytest.mark.parametrize(
        "change",
        [{"settled_fen": 1}, {"candidate_fen": 10**12}, {"approved_fen": 1}, {"receipt": {}}, {"reason": "cap"}],
    )
    def test_what_is_public_does_not_change(self, award, change):
        forward(award, AwardState.PUBLIC)
        assert "Cannot update" in self.refused(lambda: Award.objects.filter(pk=award.pk).update(**change))

    def test_what_the_lead_agreed_to_never_changes(self, award):
        assert "Cannot update" in self.refused(lambda: Award.objects.filter(pk=award.pk).update(approved_fen=1))

    def test_an_award_is_kept(self, award):
        assert "Cannot delete" in self.refused(lambda: Award.objects.filter(pk=award.pk).delete())

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"settled_fen": 9_000_000_01}, "award_settled_within_candidate"),
            ({"settled_fen": -1}, "award_settled_within_candidate"),
            ({"city_fen": 0}, "award_shares_add_up"),
            ({"settled_fen": 0, "city_fen": 0, "district_fen": 0}, "award_state_fits_amount"),
            ({"state": AwardState.NOTHING}, "award_state_fits_amount"),
        ],
    )
    def test_amounts_and_state_fit(self, award, stranger, changes, constraint):
        other = make_approved(stranger)
        row = Award.objects.get(pk=award.pk)
        row.pk, row.application = None, other
        for name, value in changes.items():
            setattr(row, name, value)
        assert constraint in self.refused(lambda: row.save(force_insert=True))

    def test_one_award_per_application(self, award):
        row = Award.objects.get(pk=award.pk)
        row.pk = None
        assert "award_one_in_force" in self.refused(lambda: row.save(force_insert=True))

    def test_the_decision_in_force_is_the_keepers(self, company):
        application = make_approved(company, "3.2.3")
        assert decision_in_force(application).task.unit.name == "市商务局"
