"""公示: drafted by one person, published by another, over by itself; what is settled meanwhile is told."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist

from awards.actions.publicity import cancel_round, change_round, draft_round, publish_round
from awards.actions.publicity_closing import close_round
from awards.enums import AwardState, ItemState, RoundState
from awards.models import Award, PublicityItem, PublicityRound
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.models import CalendarDay
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from common.workdays import end_of_day
from letters.enums import LetterKind
from letters.models import Letter
from tests.awards.entries import external, sales
from tests.factories.applications import make_company
from tests.factories.awards import forward, make_award, make_candidate, payer, settle
from tests.factories.publicity import CONTACT, at_clock, close, make_draft_round, make_round
from tests.factories.reviews import LATER, approver, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(company):
    """A settled award of 市工信局."""
    return make_award(company, "3.4.5")


def fresh(thing):
    return type(thing).objects.get(pk=thing.pk)


def test_the_way_of_a_round_from_draft_to_approval(award):
    publicity = make_draft_round(award)
    assert publicity.state == RoundState.DRAFT
    assert fresh(award).state == AwardState.SETTLED
    publicity = publish_round(
        publicity=publicity, expected_version=publicity.version, by=approver(award.unit), at=LATER
    )
    assert (publicity.state, publicity.published_by) == (RoundState.OPEN, approver(award.unit))
    # 2026-03-03 is a Tuesday; seven days later is a working day.
    assert (publicity.first_day, publicity.last_day) == (date(2026, 3, 3), date(2026, 3, 10))
    assert fresh(award).state == AwardState.PUBLIC
    letter = Letter.objects.get(subject_key=f"publicity:{publicity.pk}")
    assert (letter.kind, letter.enterprise, letter.issued_by) == (LetterKind.PUBLICITY, None, approver(award.unit))
    owed = OutboxMessage.objects.get(kind="awards.publicity_close")
    assert owed.due_at == end_of_day(date(2026, 3, 10))

    closed = close(publicity)
    item = closed.items.get()
    award = fresh(award)
    assert (closed.state, item.state, award.state) == (RoundState.CLOSED, ItemState.RELEASED, AwardState.APPROVED)
    assert award.approved_at == end_of_day(date(2026, 3, 10))
    # Ten working days after Wednesday 11 March.
    assert award.due_on == date(2026, 3, 25)
    approval = Letter.objects.get(subject_key=f"application:{award.application_id}", kind=LetterKind.APPROVAL)
    assert approval.issued_by == publicity.published_by
    events = AuditEvent.objects.filter(event__startswith="publicity.").order_by("pk").values_list("event", flat=True)
    assert list(events) == ["publicity.drafted", "publicity.published", "publicity.closed"]
    assert AuditEvent.objects.filter(event="award.approved", subject_id=str(award.pk)).count() == 1


def test_enterprise_and_payer_are_told(award):
    finance = payer()
    publicity = make_round(award)
    people = award.application.enterprise.members.get(user__isnull=False, role="agent").user
    assert people.notifications.filter(title__startswith="公示开始").count() == 1
    close(publicity)
    assert people.notifications.filter(title__startswith="公示期满，已批复").count() == 1
    assert finance.notifications.filter(title__startswith="待拨付").count() == 1


def test_closing_twice_changes_nothing_more(award):
    publicity = make_round(award)
    close(publicity)
    close(publicity, at=end_of_day(publicity.last_day) + timedelta(hours=1))
    assert Letter.objects.filter(kind=LetterKind.APPROVAL).count() == 1
    assert AuditEvent.objects.filter(event="publicity.closed").count() == 1


def test_the_outbox_closes_it_and_a_second_delivery_changes_nothing(award, monkeypatch):
    publicity = make_round(award)
    over = end_of_day(publicity.last_day)
    monkeypatch.setattr("awards.actions.publicity_closing.database_now", lambda: over)
    run_owed(at=over)
    assert fresh(publicity).state == RoundState.CLOSED
    message = OutboxMessage.objects.get(kind="awards.publicity_close")
    assert message.done_at == over
    OutboxMessage.objects.filter(pk=message.pk).update(done_at=None)
    run_owed(at=over + timedelta(minutes=1))
    assert OutboxMessage.objects.get(pk=message.pk).last_error == ""
    assert Letter.objects.filter(kind=LetterKind.APPROVAL).count() == 1


def test_a_worker_whose_clock_is_ahead_does_not_close_early(award):
    publicity = make_round(award)
    over = end_of_day(publicity.last_day)
    with pytest.raises(Conflict, match="公示期未满"):
        close_round(round_id=publicity.pk, at=over, clock=at_clock(over - timedelta(seconds=1)))
    assert fresh(publicity).state == RoundState.OPEN


def test_a_last_day_off_moves_on(award):
    CalendarDay.objects.update_or_create(
        day=date(2026, 3, 10), defaults={"is_working": False, "name": "假日", "source": "测试"}
    )
    CalendarDay.objects.update_or_create(
        day=date(2026, 3, 11), defaults={"is_working": False, "name": "假日", "source": "测试"}
    )
    publicity = make_round(award)
    assert publicity.last_day == date(2026, 3, 12)
    assert OutboxMessage.objects.get(kind="awards.publicity_close").due_at == end_of_day(date(2026, 3, 12))


def test_the_author_cannot_publish(award):
    unit = award.unit
    both = officer(unit)
    unit.members.create(user=both, role="approver")
    publicity = make_draft_round(award)
    with pytest.raises(NotAllowed, match="不同的人"):
        publish_round(publicity=publicity, expected_version=publicity.version, by=both, at=LATER)
    # Whoever changes the list becomes its author.
    other = approver("市商务局")
    unit.members.create(user=other, role="handler")
    unit.members.create(user=other, role="approver")
    changed = change_round(
        publicity=publicity,
        expected_version=publicity.version,
        title=publicity.title,
        contact=CONTACT,
        awards=[award],
        by=other,
        at=LATER,
    )
    with pytest.raises(NotAllowed, match="不同的人"):
        publish_round(publicity=changed, expected_version=changed.version, by=other, at=LATER)
    assert fresh(award).state == AwardState.SETTLED


@pytest.mark.parametrize("who", ["officer", "stranger", "enterprise"])
def test_only_the_approver_of_the_lead_publishes(award, company, who):
    publicity = make_draft_round(award)
    by = {"officer": officer(award.unit), "stranger": approver("市商务局"), "enterprise": company.agent}[who]
    with pytest.raises(NotAllowed):
        publish_round(publicity=publicity, expected_version=publicity.version, by=by, at=LATER)
    assert fresh(publicity).state == RoundState.DRAFT


def test_whoever_acted_for_another_unit_in_a_file_keeps_away(award):
    """The district's 经办 accepted the file at 初审; a role at the lead does not make them the lead's."""
    district = officer("高新区")
    award.unit.members.create(user=district, role="handler")
    with pytest.raises(NotAllowed, match=award.application.number):
        make_draft_round(award, by=district)
    assert not PublicityRound.objects.exists()


def test_an_award_settled_otherwise_meanwhile_is_told(award):
    publicity = make_draft_round(award)
    PublicityItem.objects.filter(round=publicity).delete()
    PublicityItem.objects.create(
        round=publicity,
        award=award,
        order=1,
        name=award.application.enterprise.name,
        clause=f"3.4.5 {award.application.clause.title}",
        amount_fen=award.settled_fen + 100,
    )
    with pytest.raises(Conflict, match="核定金额在拟稿后由") as told:
        publish_round(publicity=publicity, expected_version=publicity.version, by=approver(award.unit), at=LATER)
    assert "经办按最新核定更新名单" in told.value.message
    assert fresh(publicity).state == RoundState.DRAFT
    changed = change_round(
        publicity=publicity,
        expected_version=publicity.version,
        title=publicity.title,
        contact=CONTACT,
        awards=[award],
        by=officer(award.unit),
        at=LATER,
    )
    assert changed.items.get().amount_fen == award.settled_fen
    publish_round(publicity=changed, expected_version=changed.version, by=approver(award.unit), at=LATER)


def test_a_renamed_enterprise_is_told(award):
    publicity = make_draft_round(award)
    enterprise = award.application.enterprise
    enterprise.name = "南昌更名电子有限公司"
    enterprise.save(update_fields=["name"])
    with pytest.raises(Conflict, match="名称在拟稿后变为“南昌更名电子有限公司”"):
        publish_round(publicity=publicity, expected_version=publicity.version, by=approver(award.unit), at=LATER)


def test_what_was_published_stays_as_it_was_shown(award):
    publicity = make_round(award)
    name = publicity.items.get().name
    enterprise = award.application.enterprise
    enterprise.name = "南昌更名电子有限公司"
    enterprise.save(update_fields=["name"])
    assert publicity.items.get().name == name


def test_an_award_stands_in_one_open_round(award):
    make_draft_round(award)
    with pytest.raises(Conflict, match="已列入"):
        make_draft_round(award)


def test_an_award_that_goes_back_before_publishing_is_told(award):
    publicity = make_draft_round(award)
    forward(award, AwardState.PUBLIC)
    with pytest.raises(Conflict, match="不能公示"):
        publish_round(publicity=publicity, expected_version=publicity.version, by=approver(award.unit), at=LATER)


def test_only_settled_awards_of_the_lead_and_year(company, stranger, award):
    candidate = make_candidate(stranger, "3.4.5")
    with pytest.raises(Conflict, match="待核算"):
        make_draft_round(award, candidate)
    settle(candidate.account)
    foreign = make_award(make_company(), "3.2.3")
    assert foreign.unit != award.unit
    with pytest.raises(Invalid, match="主办"):
        make_draft_round(award, foreign)
    with pytest.raises(Invalid, match="年度"):
        draft_round(
            unit=award.unit,
            title="公示",
            policy_year=1999,
            awards=[award],
            contact=CONTACT,
            by=officer(award.unit),
            at=LATER,
        )
    assert not PublicityRound.objects.exists()


def test_every_fault_of_the_words_is_told_at_once(award):
    with pytest.raises(Invalid) as told:
        make_draft_round(award, title=" ", contact="电" * 201)
    assert set(told.value.errors) == {"title", "contact"}
    with pytest.raises(Invalid, match="至少选择一笔"):
        draft_round(
            unit=award.unit,
            title="公示",
            policy_year=2024,
            awards=[],
            contact=CONTACT,
            by=officer(award.unit),
            at=LATER,
        )


def test_stale_versions_change_nothing(award, stranger):
    more = make_award(stranger, "3.4.5")
    publicity = make_draft_round(award)
    seen = publicity.version
    values = {"title": "公示", "contact": CONTACT, "by": officer(award.unit), "at": LATER}
    changed = change_round(publicity=publicity, expected_version=seen, awards=[award, more], **values)
    assert changed.items.count() == 2
    with pytest.raises(Conflict, match="已被修改"):
        change_round(publicity=publicity, expected_version=seen, awards=[award], **values)
    with pytest.raises(Conflict, match="已被修改"):
        publish_round(publicity=publicity, expected_version=seen, by=approver(award.unit), at=LATER)
    with pytest.raises(Conflict, match="已被修改"):
        cancel_round(publicity=publicity, expected_version=seen, by=officer(award.unit), at=LATER)
    assert fresh(publicity).items.count() == 2


def test_a_cancelled_draft_frees_its_awards(award):
    publicity = make_draft_round(award)
    cancelled = cancel_round(publicity=publicity, expected_version=publicity.version, by=approver(award.unit), at=LATER)
    assert (cancelled.state, cancelled.items.count()) == (RoundState.CANCELLED, 0)
    event = AuditEvent.objects.get(event="publicity.cancelled")
    assert event.data["awards"] == [award.pk]
    assert make_draft_round(award).items.count() == 1
    with pytest.raises(Conflict, match="已取消"):
        publish_round(publicity=cancelled, expected_version=cancelled.version, by=approver(award.unit), at=LATER)


def test_a_published_round_is_not_changed_any_more(award):
    publicity = make_round(award)
    with pytest.raises(Conflict, match="公示中"):
        cancel_round(publicity=publicity, expected_version=publicity.version, by=officer(award.unit), at=LATER)
    with pytest.raises(Conflict, match="公示中"):
        change_round(
            publicity=publicity,
            expected_version=publicity.version,
            title="另一标题",
            contact=CONTACT,
            awards=[award],
            by=officer(award.unit),
            at=LATER,
        )


def test_rows_stand_by_clause_in_natural_order(company, stranger):
    awards = [make_award(company, "3.4.5"), make_award(stranger, "3.3.2")]
    if awards[0].unit_id != awards[1].unit_id:
        raise ObjectDoesNotExist("the two clauses no longer have one lead")
    publicity = make_draft_round(*awards)
    assert [item.clause.split()[0] for item in publicity.items.order_by("order")] == ["3.3.2", "3.4.5"]


def test_the_letter_says_name_clause_amount_and_nothing_else(award):
    enterprise = award.application.enterprise
    enterprise.bank_account = "3602000109001234567"
    enterprise.save(update_fields=["bank_account"])
    publicity = make_round(award)
    context = Letter.objects.get(subject_key=f"publicity:{publicity.pk}").context
    item = publicity.items.get()
    assert [column["title"] for column in context["table"]["columns"]] == ["序号", "名称", "条款", "金额（元）"]
    assert len(context["table"]["rows"]) == 1
    assert context["table"]["rows"][0][:3] == ["1", item.name, item.clause]
    for secret in (enterprise.uscc, enterprise.contact_phone, enterprise.bank_account, enterprise.legal_representative):
        assert secret
        assert secret not in str(context)


def test_settling_again_leaves_what_is_public_alone(award):
    publicity = make_round(award)
    before = fresh(award)
    assert publicity.items.get().amount_fen == before.settled_fen
    assert Award.objects.filter(pk=award.pk, state=AwardState.PUBLIC).exists()


def test_an_amount_that_is_no_longer_right_is_settled_before_it_is_shown(company):
    award = make_award(company, "3.4.1")
    drafted = make_draft_round(award)
    later = LATER + timedelta(hours=1)
    external(award.account, at=later)
    with pytest.raises(Conflict, match=r"核定之后有新录入的内容，按最新内容为 0\.00 元.*须先重新核算"):
        publish_round(publicity=drafted, expected_version=drafted.version, by=approver(award.unit), at=later)
    assert (fresh(award).state, fresh(drafted).state) == (AwardState.SETTLED, RoundState.DRAFT)
    cancel_round(publicity=drafted, expected_version=drafted.version, by=officer(award.unit), at=later)
    with pytest.raises(Conflict, match="请先重新核算"):
        make_draft_round(award, at=later)
    settle(award.account, at=later)
    assert fresh(award).state == AwardState.NOTHING


def test_what_is_new_without_changing_the_amount_does_not_stop_a_round(award):
    later = LATER + timedelta(hours=1)
    sales(award.account, "900000000.00", at=later)
    make_round(award, at=later)
    assert fresh(award).state == AwardState.PUBLIC
