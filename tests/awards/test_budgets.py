"""Budgets: who enters them, what they refuse, what is left; totals are the sums of entries, never overspent."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import UnitRole
from accounts.models import Enterprise, Unit
from awards.actions.budgets import adjust_envelope, open_envelope, set_ratio, set_subject
from awards.actions.entries import commit_shares, envelope_for, write_entry
from awards.enums import EntryKind, Share
from awards.models import Award, BudgetRatio, Envelope, EnvelopeEntry
from awards.queries.budgets import city_payers, outlook, visible_envelopes
from awards.queries.shares import share_in_force
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.money import MAX_FEN
from policies.models import Document
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.applications import POLICY, YEAR, clause
from tests.factories.awards import fund, make_candidate, payer, settle
from tests.factories.reviews import LATER, officer

pytestmark = pytest.mark.django_db
TODAY = LATER.date()


def unit(name):
    return Unit.objects.get(name=name)


def opened(name="市工信局", share=Share.CITY, clause_id="3.4.5", fen=100_00, by=None, **values):
    holder = unit(name)
    given = {
        "unit": holder,
        "share": share,
        "clause": clause(clause_id),
        "policy_year": YEAR,
        "subject_code": "2150899",
        "subject_name": "其他支持中小企业发展和管理支出",
        "amount_fen": fen,
        "reason": "洪财〔2026〕1号",
        "by": by or officer(holder, UnitRole.FINANCE),
        "at": LATER,
    }
    return open_envelope(**given | values)


@pytest.fixture(autouse=True)
def _policies(policies_loaded):
    pass


# ------------------------------------------------------------------------------------------------- 下达


def test_a_budget_is_opened_with_its_first_money():
    envelope = opened()
    assert (envelope.amount_fen, envelope.committed_fen, envelope.free_fen) == (100_00, 0, 100_00)
    (entry,) = envelope.entries.all()
    assert (entry.kind, entry.fen, entry.reason) == (EntryKind.GRANT, 100_00, "洪财〔2026〕1号")
    event = AuditEvent.objects.get(event="envelope.opened")
    assert (event.subject_id, event.data["amount"]) == (str(envelope.pk), "100.00")


def test_the_same_budget_is_not_opened_twice():
    first = opened()
    with pytest.raises(Conflict, match=r"已经录入，增加或减少请在该预算上调整"):
        opened(fen=200_00)
    first.refresh_from_db()
    assert first.amount_fen == 100_00


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        pytest.param({"fen": 0}, "amount", "大于 0 元", id="nothing"),
        pytest.param({"fen": -1}, "amount", "大于 0 元", id="negative"),
        pytest.param({"fen": MAX_FEN + 1}, "amount", "可以处理的范围", id="too-large"),
        pytest.param({"reason": "  "}, "reason", "写明下达的依据", id="no-reason"),
        pytest.param({"reason": "长" * 301}, "reason", "最多 300 字", id="long-reason"),
        pytest.param({"subject_code": "21-5"}, "subject_code", "只能是数字", id="code"),
        pytest.param({"subject_name": ""}, "subject_name", "一并填写科目名称", id="code-without-name"),
        pytest.param({"policy_year": 2026}, "policy_year", "不适用于2026年度", id="year"),
        pytest.param({"clause_id": "3.6"}, "clause", "不给予资金", id="clause-without-money"),
        pytest.param({"name": "高新区"}, "unit", "市工信局的预算安排，不是高新区", id="district-for-the-city"),
        pytest.param({"name": "市税务局"}, "unit", "市工信局的预算安排，不是市税务局", id="bureau-that-does-not-lead"),
        pytest.param({"share": Share.DISTRICT}, "unit", "不是县区", id="bureau-for-the-district"),
        pytest.param({"share": "province"}, "share", "请选择市级或县区级", id="share"),
    ],
)
def test_a_budget_that_could_not_be_used_is_refused(values, field, words):
    with pytest.raises(Invalid) as refused:
        opened(**values)
    assert any(words in sentence for sentence in refused.value.errors[field])
    assert not Envelope.objects.exists()


def test_every_fault_is_told_at_once():
    with pytest.raises(Invalid) as refused:
        opened(fen=0, reason="", name="市税务局")
    assert set(refused.value.errors) == {"amount", "reason", "unit"}


def test_where_districts_lead_the_confirming_unit_pays_for_the_city():
    assert city_payers(clause("3.2.1"), YEAR) == {"市工信局"}
    assert city_payers(clause("3.2.2"), YEAR) == {"市商务局", "市工信局"}


@pytest.mark.parametrize("role", [UnitRole.FINANCE, UnitRole.LEADER])
def test_finance_and_leader_enter_their_own_budget(role):
    assert opened("高新区", Share.DISTRICT, by=officer("高新区", role)).amount_fen == 100_00


def test_finance_of_the_paying_unit_enters_all():
    assert opened(by=payer()).amount_fen == 100_00


@pytest.mark.parametrize("role", [UnitRole.HANDLER, UnitRole.APPROVER])
def test_others_of_the_unit_do_not(role):
    with pytest.raises(NotAllowed, match=r"财务、负责人或拨付单位的财务人员录入"):
        opened(by=officer("市工信局", role))


def test_a_foreign_unit_an_ended_membership_and_an_administrator_do_not():
    gone = officer("市工信局", UnitRole.FINANCE)
    gone.unit_memberships.update(is_active=False)
    for person in (officer("经开区", UnitRole.FINANCE), gone, AdministratorFactory(), AuditorFactory()):
        with pytest.raises(NotAllowed):
            opened(by=person)
    assert not EnvelopeEntry.objects.exists()


# ------------------------------------------------------------------------------------------------- 调整


def test_a_correction_moves_the_budget_and_tells_why():
    envelope = opened()
    adjusted = adjust_envelope(envelope=envelope, fen=-40_00, reason="调剂", by=payer(), at=LATER)
    assert adjusted.amount_fen == 60_00
    assert AuditEvent.objects.get(event="envelope.adjusted").data == {
        "before": "100.00",
        "after": "60.00",
        "reason": "调剂",
    }


def test_a_correction_below_what_is_committed_names_the_free_amount(company):
    award = make_candidate(company)
    envelope = fund(award)[Share.CITY]
    settle(award.account)
    envelope.refresh_from_db()
    free, before = envelope.free_fen, envelope.entries.count()
    by = officer(envelope.unit, UnitRole.FINANCE)
    with pytest.raises(Invalid, match=r"可调减的余额为") as refused:
        adjust_envelope(envelope=envelope, fen=-free - 1, reason="调减", by=by, at=LATER)
    assert refused.value.field == "amount"
    assert envelope.entries.count() == before
    assert adjust_envelope(envelope=envelope, fen=-free, reason="调减", by=by, at=LATER).free_fen == 0


def test_a_correction_that_was_sent_twice_counts_once():
    envelope, by = opened(), payer()
    adjust_envelope(envelope=envelope, fen=5_00, reason="追加", by=by, at=LATER, seen_amount_fen=100_00)
    with pytest.raises(Conflict, match=r"已变为 105.00 元") as told:
        adjust_envelope(envelope=envelope, fen=5_00, reason="追加", by=by, at=LATER, seen_amount_fen=100_00)
    assert told.value.changed_by == str(by)
    envelope.refresh_from_db()
    assert envelope.amount_fen == 105_00


@pytest.mark.parametrize(
    ("fen", "reason", "field"), [(0, "调整", "amount"), (1, " ", "reason"), (MAX_FEN, "多", "amount")]
)
def test_a_correction_without_sum_or_reason_or_beyond_the_range_is_refused(fen, reason, field):
    envelope = opened()
    with pytest.raises(Invalid) as refused:
        adjust_envelope(envelope=envelope, fen=fen, reason=reason, by=payer(), at=LATER)
    assert field in refused.value.errors


def test_the_subject_is_named_and_kept_in_the_record():
    envelope = opened()
    set_subject(envelope=envelope, subject_code="", subject_name="", by=payer(), at=LATER)
    envelope.refresh_from_db()
    assert (envelope.subject_code, envelope.subject_name) == ("", "")
    assert AuditEvent.objects.get(event="envelope.subject_set").data["before"][0] == "2150899"
    with pytest.raises(NotAllowed):
        set_subject(envelope=envelope, subject_code="1", subject_name="甲", by=officer("高新区"), at=LATER)


# ------------------------------------------------------------------------------------------------- 比例


def ratio(share, day, clause_id=None, by=None, reason="财政体制文件"):
    return set_ratio(
        document=Document.objects.get(number=POLICY),
        clause=clause(clause_id) if clause_id else None,
        valid_from=day,
        city_share=share,
        reason=reason,
        by=by or AdministratorFactory(),
        at=LATER,
    )


def test_the_newest_ratio_in_force_counts_and_a_clause_goes_before_its_document():
    assert share_in_force(clause("3.4.5"), YEAR, on=TODAY) == "50%"  # the policy's setting
    ratio(60, date(2026, 1, 1))
    ratio(70, date(2026, 3, 1))
    ratio(80, date(2027, 1, 1))
    assert share_in_force(clause("3.4.5"), YEAR, on=TODAY) == "70%"
    ratio(30, date(2026, 1, 1), "3.4.5")
    assert share_in_force(clause("3.4.5"), YEAR, on=TODAY) == "30%"
    assert share_in_force(clause("3.4.4"), YEAR, on=TODAY) == "70%"
    ratio(31, date(2026, 1, 1), "3.4.5")  # a correction of the same day
    assert share_in_force(clause("3.4.5"), YEAR, on=TODAY) == "31%"


@pytest.mark.parametrize("share", [-1, 101, True, 33.3, "50"])
def test_a_ratio_is_a_whole_per_cent(share):
    with pytest.raises(Invalid) as refused:
        ratio(share, TODAY)
    assert "city_share" in refused.value.errors


def test_who_sets_a_ratio():
    assert ratio(0, TODAY, by=payer(UnitRole.LEADER)).city_share == "0%"
    for person in (payer(), officer("市工信局", UnitRole.LEADER), AuditorFactory()):
        with pytest.raises(NotAllowed, match=r"政策管理员或拨付单位负责人"):
            ratio(100, TODAY, by=person)


def test_the_same_ratio_again_and_a_foreign_clause_are_refused():
    ratio(60, TODAY)
    with pytest.raises(Conflict, match=r"已经是 60%"):
        ratio(60, TODAY)
    with pytest.raises(Invalid):
        ratio(60, TODAY, "3.6")
    assert BudgetRatio.objects.count() == 1


def test_a_ratio_is_kept():
    row = ratio(60, TODAY)
    for gesture in (lambda: BudgetRatio.objects.update(city_share="1%"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            gesture()


# ------------------------------------------------------------------------------------------------- 看得见谁的


def test_who_sees_which_budget():
    city, local = opened(), opened("高新区", Share.DISTRICT)

    def seen(user):
        return set(visible_envelopes(user))

    assert seen(officer("市工信局")) == {city}
    assert seen(officer("高新区")) == {local}
    assert seen(officer("经开区", UnitRole.LEADER)) == set()
    assert seen(officer("高新区", UnitRole.EXPERT)) == set()
    assert seen(AdministratorFactory()) == set()
    for person in (payer(), payer(UnitRole.LEADER), officer("市工信局", UnitRole.LEADER), AuditorFactory()):
        assert seen(person) == {city, local}
    assert seen(officer(payer().unit_memberships.get().unit, UnitRole.HANDLER)) == set()


# ------------------------------------------------------------------------------------------------- 测算


def test_the_outlook_counts_what_waits_by_the_ratio_of_the_day(company, stranger):
    first, other = make_candidate(company), make_candidate(stranger)
    city = fund(first, first.candidate_fen)[Share.CITY]
    fund(other, other.candidate_fen)
    city.refresh_from_db()
    half = first.candidate_fen // 2
    told = outlook(city, 0, on=TODAY)
    assert (told.waiting_count, told.waiting_fen) == (2, half + other.candidate_fen // 2)
    assert outlook(city, half, on=TODAY, without=first).words == "够用。"
    assert "差 0.01 元" in outlook(city, city.free_fen + 1, on=TODAY).words
    assert "连同待核算的 2 笔" in outlook(city, half, on=TODAY).words
    ratio(0, TODAY)
    assert outlook(city, 0, on=TODAY).waiting_fen == 0
    settle(first.account)
    local = Envelope.objects.get(share=Share.DISTRICT, unit__name="高新区")
    assert outlook(local, 0, on=TODAY).waiting_count == 0
    assert local.free_fen == 0


# ------------------------------------------------------------------------------------------------- 占用和释放


def test_money_goes_back_to_the_budget_from_which_it_was_taken(company):
    """The enterprise moved to another district after its award was settled."""
    award = make_candidate(company)
    old = fund(award)[Share.DISTRICT]
    settle(award.account)
    award = Award.objects.get(pk=award.pk)
    Enterprise.objects.filter(pk=company.enterprise.pk).update(district=unit("经开区"))
    award = Award.objects.select_related("application__enterprise__district").get(pk=award.pk)
    new = fund(award)[Share.DISTRICT]
    assert envelope_for(award, Share.DISTRICT) == old != new
    half = {Share.CITY: award.city_fen, Share.DISTRICT: award.district_fen - 1}
    whole = {Share.CITY: award.city_fen, Share.DISTRICT: award.district_fen}
    commit_shares([(award, whole, half)], by=None, at=LATER)
    for envelope in (old, new):
        envelope.refresh_from_db()
    assert (old.committed_fen, new.committed_fen) == (0, award.district_fen - 1)
    with pytest.raises(RuntimeError, match="holds"):
        commit_shares([(award, whole, {})], by=None, at=LATER)
    commit_shares([(award, half, {})], by=None, at=LATER)
    assert set(Envelope.objects.values_list("committed_fen", flat=True)) == {0}


# ------------------------------------------------------------------------------------------------- 总数


def moves():
    grants = st.tuples(st.sampled_from([EntryKind.GRANT]), st.integers(1, 10**6))
    adjusts = st.tuples(st.sampled_from([EntryKind.ADJUST]), st.integers(-(10**6), 10**6).filter(bool))
    others = st.tuples(st.sampled_from([EntryKind.COMMIT, EntryKind.RELEASE]), st.integers(1, 10**6))
    return st.lists(st.one_of(grants, adjusts, others), max_size=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=moves())
def test_totals_are_the_sums_of_the_entries_whatever_happens(candidate, history):
    """Random histories: what the database lets through adds up, and it lets nothing through that overspends."""
    with transaction.atomic():
        envelope = Envelope.objects.create(
            unit=candidate.unit, share=Share.CITY, clause=candidate.application.clause, policy_year=YEAR
        )
        amount = committed = 0
        for kind, fen in history:
            about = {"award": candidate} if kind in {EntryKind.COMMIT, EntryKind.RELEASE} else {"reason": "测试"}
            after = {
                EntryKind.COMMIT: (amount, committed + fen),
                EntryKind.RELEASE: (amount, committed - fen),
            }.get(kind, (amount + fen, committed))
            if 0 <= after[1] <= after[0]:
                write_entry(envelope, kind, fen, by=None, at=LATER, **about)
                amount, committed = after
            else:
                with pytest.raises(Conflict):
                    write_entry(envelope, kind, fen, by=None, at=LATER, **about)
            envelope.refresh_from_db()
            assert (envelope.amount_fen, envelope.committed_fen, envelope.paid_fen) == (amount, committed, 0)
        transaction.set_rollback(True)


@pytest.fixture
def candidate(company):
    return make_candidate(company)


@pytest.mark.parametrize(
    "gesture",
    [
        pytest.param(lambda e: Envelope.objects.filter(pk=e.pk).update(amount_fen=1), id="amount"),
        pytest.param(lambda e: Envelope.objects.filter(pk=e.pk).update(committed_fen=1), id="committed"),
        pytest.param(lambda e: Envelope.objects.filter(pk=e.pk).update(policy_year=2023), id="year"),
        pytest.param(lambda e: e.delete(), id="delete"),
        pytest.param(lambda e: EnvelopeEntry.objects.update(fen=1), id="entry-changed"),
        pytest.param(lambda e: EnvelopeEntry.objects.all().delete(), id="entry-gone"),
        pytest.param(
            lambda e: Envelope.objects.create(
                unit=e.unit, share=e.share, clause=e.clause, policy_year=2023, amount_fen=5
            ),
            id="born-rich",
        ),
    ],
)
def test_the_database_refuses_to_write_totals_or_to_change_entries(gesture):
    envelope = opened()
    with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
        gesture(envelope)
    envelope.refresh_from_db()
    assert (envelope.amount_fen, envelope.policy_year, envelope.entries.get().fen) == (100_00, YEAR, 100_00)
