"""Settling a whole call: previewed, confirmed by another person, each enterprise once, whatever happens to workers."""

import pytest

from accounts.enums import UnitRole
from accounts.models import Notification, Unit
from awards.actions import batches as actions
from awards.actions import propose_settlement
from awards.actions.batches import confirm_batch, settle_item, start_batch, withdraw_batch
from awards.actions.budgets import set_ratio
from awards.actions.entries import write_entry
from awards.enums import AwardState, BatchItemState, BatchState, EntryKind, Share
from awards.models import Award, Envelope, Settlement, SettlementBatch, SettlementBatchItem
from awards.queries.batches import needs_of, startable
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import deliver, run_owed
from common.outbox.models import OutboxMessage
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import make_call, make_company
from tests.factories.awards import AMPLE, fund, make_candidate, settle
from tests.factories.reviews import LATER, approver, officer

LEAD = "市工信局"
pytestmark = pytest.mark.django_db


def lead():
    return Unit.objects.get(name=LEAD)


def candidates(count, fen=AMPLE, clause_id="3.4.5"):
    """So many enterprises with an approved application each, and budgets with `fen` each."""
    made = [make_candidate(make_company(), clause_id) for _ in range(count)]
    fund(made[0], fen)
    return made


def started(unit=None, by=None):
    unit = unit or lead()
    return start_batch(call=make_call(), unit=unit, by=by or officer(unit), at=LATER)


def previewed(**given):
    batch = started(**given)
    run_owed(at=LATER)
    return fresh(batch)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def confirmed(batch, **given):
    return confirm_batch(
        **{"batch": batch, "expected_version": batch.version, "by": approver(batch.unit), "at": LATER} | given
    )


def states(batch):
    return list(batch.items.order_by("pk").values_list("state", flat=True))


@pytest.fixture(autouse=True)
def _policies(policies_loaded):
    pass


# ------------------------------------------------------------------------------------------- the way through


def test_a_call_is_previewed_confirmed_and_settled():
    awards = candidates(3)
    batch = started()
    assert (batch.state, states(batch)) == (BatchState.PREVIEWING, [BatchItemState.WAITING] * 3)
    run_owed(at=LATER)
    batch = fresh(batch)
    assert (batch.state, states(batch)) == (BatchState.READY, [BatchItemState.PREVIEWED] * 3)
    line = batch.items.first().preview["lines"][0]
    assert (line["before_fen"], line["settled_fen"], line["clause"]) == (None, awards[0].candidate_fen, "3.4.5")
    assert not Settlement.objects.exists()

    confirmed(batch)
    run_owed(at=LATER)
    batch = fresh(batch)
    assert (batch.state, states(batch)) == (BatchState.DONE, [BatchItemState.SETTLED] * 3)
    assert batch.finished_at == LATER
    for item in batch.items.all():
        settlement = item.settlement
        assert (settlement.proposed_by, settlement.confirmed_by) == (officer(LEAD), approver(LEAD))
    assert set(Award.objects.values_list("state", flat=True)) == {AwardState.SETTLED}
    city = Envelope.objects.get(share=Share.CITY)
    assert city.committed_fen == sum(Award.objects.values_list("city_fen", flat=True))
    told = Notification.objects.filter(title__startswith="批量核算已完成")
    assert set(told.values_list("user", flat=True)) == {officer(LEAD).pk, approver(LEAD).pk}
    assert AuditEvent.objects.get(event="batch.finished").data["settled"] == 3


def test_the_preview_is_computed_in_parts(monkeypatch):
    monkeypatch.setattr(actions, "PART", 2)
    candidates(3)
    batch = started()
    parts = OutboxMessage.objects.filter(kind="awards.batch_preview").order_by("pk")
    assert [sorted(part.payload) for part in parts] == [["batch", "first", "last"]] * 2
    deliver(parts[1].pk, at=LATER)
    assert fresh(batch).state == BatchState.PREVIEWING
    deliver(parts[0].pk, at=LATER)
    assert fresh(batch).state == BatchState.READY


def test_only_chosen_enterprises_are_settled():
    candidates(3)
    batch = previewed()
    picked = list(batch.items.values_list("pk", flat=True))[:1]
    confirmed(batch, chosen=picked)
    run_owed(at=LATER)
    assert states(batch) == [BatchItemState.SETTLED, BatchItemState.LEFT_OUT, BatchItemState.LEFT_OUT]
    assert "未选入本批" in batch.items.last().message
    assert Settlement.objects.count() == 1
    assert fresh(batch).state == BatchState.DONE


def test_an_enterprise_without_change_is_left_out_and_the_rest_goes_on():
    first, _ = candidates(2)
    settle(first.account)
    batch = previewed()
    assert sorted(states(batch)) == [BatchItemState.LEFT_OUT, BatchItemState.PREVIEWED]
    assert "无需再次核算" in batch.items.get(account=first.account).message


def test_faults_are_told_in_the_preview():
    wrong, _ = candidates(2)
    wrong.account.checked_figures.create(
        key="sales_ex_tax", value="-5.00", source="误录", unit=lead(), entered_by=officer(LEAD), entered_at=LATER
    )
    batch = previewed()
    item = batch.items.get(account=wrong.account)
    assert (item.state, item.preview, item.digest) == (BatchItemState.LEFT_OUT, {}, "")
    assert item.message == "“销售收入（不含税）”不能为负数。"
    assert sorted(states(batch)) == [BatchItemState.LEFT_OUT, BatchItemState.PREVIEWED]


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("who", ["approver", "stranger", "administrator", "auditor"])
def test_who_may_not_start(who):
    candidates(1)
    by = {
        "approver": lambda: approver(LEAD),
        "stranger": lambda: officer("市科技局"),
        "administrator": AdministratorFactory,
        "auditor": AuditorFactory,
    }[who]()
    with pytest.raises(NotAllowed, match="经办人员发起"):
        started(by=by)


def test_one_batch_at_a_time_and_none_without_files():
    make_call()
    with pytest.raises(Invalid, match="尚待核算的申报"):
        started()
    candidates(1)
    started()
    with pytest.raises(Conflict, match="已有一批核算正在进行"):
        started()
    assert SettlementBatch.objects.count() == 1


def test_who_may_not_confirm():
    candidates(1)
    both = officer(LEAD)
    lead().members.create(user=both, role=UnitRole.APPROVER)
    batch = previewed(by=both)
    with pytest.raises(NotAllowed, match="须为不同的人"):
        confirmed(batch, by=both)
    with pytest.raises(NotAllowed, match="审核人员确认"):
        confirmed(batch, by=officer("市科技局", UnitRole.APPROVER))
    with pytest.raises(Conflict):
        confirmed(batch, expected_version=batch.version - 1, by=_second_approver())
    with pytest.raises(Invalid, match="没有选中"):
        confirmed(batch, chosen=[], by=_second_approver())
    assert fresh(batch).state == BatchState.READY


def _second_approver():
    user = UserFactory(name="第二名审核")
    lead().members.create(user=user, role=UnitRole.APPROVER)
    return user


def test_foreign_items_cannot_be_chosen_and_a_batch_is_confirmed_once():
    candidates(1)
    batch = previewed()
    with pytest.raises(Invalid):
        confirmed(batch, chosen=[10**9])
    confirmed(batch)
    with pytest.raises(Conflict):
        confirmed(batch)
    assert OutboxMessage.objects.filter(kind="awards.batch_settle").count() == 1


def test_a_withdrawn_batch_settles_nobody():
    candidates(1)
    batch = previewed()
    with pytest.raises(NotAllowed):
        withdraw_batch(batch=batch, expected_version=batch.version, by=officer("市科技局"), at=LATER)
    withdraw_batch(batch=batch, expected_version=batch.version, by=approver(LEAD), at=LATER)
    assert fresh(batch).state == BatchState.WITHDRAWN
    assert Notification.objects.filter(user=officer(LEAD), title__startswith="批量核算已撤回").exists()
    with pytest.raises(Conflict):
        confirmed(batch)
    settle_item(item_id=batch.items.get().pk, at=LATER)
    assert not Settlement.objects.exists()
    assert previewed().state == BatchState.READY  # another one may be started


def test_withdrawn_while_it_is_previewed():
    candidates(1)
    batch = started()
    withdraw_batch(batch=batch, expected_version=batch.version, by=officer(LEAD), at=LATER)
    run_owed(at=LATER)
    assert (fresh(batch).state, states(batch)) == (BatchState.WITHDRAWN, [BatchItemState.WAITING])


# ------------------------------------------------------------------------------------------- left out while it runs


def run(batch):
    confirmed(batch)
    run_owed(at=LATER)
    batch = fresh(batch)
    assert batch.state == BatchState.DONE
    return batch


def left_out(batch):
    return [item.message for item in batch.items.filter(state=BatchItemState.LEFT_OUT)]


def test_a_ratio_set_after_the_preview_leaves_everybody_out():
    (award,) = candidates(1)
    batch = previewed()
    set_ratio(
        document=award.application.clause.document,
        clause=None,
        valid_from=LATER.date(),
        city_share=10,
        reason="文件",
        by=AdministratorFactory(),
        at=LATER,
    )
    (message,) = left_out(run(batch))
    assert "试算之后，核算所依据的内容有变化" in message
    assert not Settlement.objects.exists()


def test_an_open_proposal_leaves_the_enterprise_out():
    first, _ = candidates(2)
    batch = previewed()
    propose_settlement(account=first.account, unit=lead(), by=officer(LEAD), at=LATER)
    (message,) = left_out(run(batch))
    assert "已有一份待审核的核算" in message
    assert Settlement.objects.count() == 1


def test_a_budget_for_one_of_two_settles_one_and_names_what_is_missing():
    one = make_candidate(make_company())
    fund(one, one.candidate_fen // 2)
    make_candidate(make_company())
    batch = previewed()
    needs = needs_of(batch)
    assert {need.share: need.remains_fen for need in needs} == dict.fromkeys(Share, -(one.candidate_fen // 2))
    assert all("不足" in need.words for need in needs)
    (message,) = left_out(run(batch))
    assert "预算余额 0.00 元" in message
    assert Settlement.objects.count() == 1
    assert {row.free_fen for row in Envelope.objects.all()} == {0}


def test_a_budget_that_was_not_entered_is_named():
    make_candidate(make_company())
    batch = previewed()
    assert {need.envelope for need in needs_of(batch)} == {None}
    (message,) = left_out(run(batch))
    assert "市工信局尚未录入3.4.5条款2024年度的市级预算" in message
    assert "高新区尚未录入" in message


@pytest.mark.parametrize("who", ["proposed_by", "confirmed_by"])
def test_who_must_keep_away_from_one_file_settles_everything_but_that_file(who):
    first, second = candidates(2)
    batch = previewed()
    person = {"proposed_by": officer(LEAD), "confirmed_by": approver(LEAD)}[who]
    second.application.enterprise.members.create(user=person, role="agent")
    (message,) = left_out(run(batch))
    assert message.startswith(f"{second.application.number}：{person}")
    assert "申报企业的成员" in message
    assert Award.objects.get(pk=first.pk).state == AwardState.SETTLED
    assert Award.objects.get(pk=second.pk).state == AwardState.CANDIDATE


def test_a_role_that_ended_meanwhile_leaves_out():
    candidates(1)
    batch = previewed()
    confirmed(batch)
    approver(LEAD).unit_memberships.update(is_active=False)
    run_owed(at=LATER)
    (message,) = left_out(batch)
    assert "已没有市工信局的审核角色" in message


# ------------------------------------------------------------------------------------------- what can be started


def test_what_a_person_may_start():
    candidates(2)
    (one,) = startable(officer(LEAD))
    assert (one.unit, one.accounts, one.waiting, one.open_batch) == (lead(), 2, 2, None)
    assert startable(approver(LEAD)) == []
    assert startable(officer("市科技局")) == []
    batch = started()
    assert startable(officer(LEAD))[0].open_batch == batch


def test_visible_to_own_unit_and_auditors():
    candidates(1)
    batch = started()
    for person in (officer(LEAD), approver(LEAD), officer(LEAD, UnitRole.LEADER), AuditorFactory()):
        assert list(SettlementBatch.objects.visible_to(person)) == [batch]
    for person in (officer("市科技局"), officer(LEAD, UnitRole.FINANCE), AdministratorFactory()):
        assert list(SettlementBatch.objects.visible_to(person)) == []


def test_control_an_entry_beyond_the_budget_is_refused_by_the_database_itself():
    (award,) = candidates(1, 10_00)
    envelope = Envelope.objects.get(share=Share.CITY)
    with pytest.raises(Conflict):
        write_entry(envelope, EntryKind.COMMIT, 10_01, award=award, by=None, at=LATER)
    assert not SettlementBatchItem.objects.exists()
