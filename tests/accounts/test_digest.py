"""The daily digest: when it is owed, whom it reaches, what it says, and that every effect happens once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as configured
from django.core import mail

from accounts import digest
from accounts.actions.notices import choose_channels, owe_digests, send_digest
from accounts.digest import LINES, Line, Section
from accounts.enums import NoticeChannel, NoticeTopic
from accounts.models import Notification, OutgoingMail, UnitMember
from accounts.notifications import notify
from accounts.tasks import owe_daily_digests
from common.models import CalendarDay
from common.outbox import broker
from common.outbox.actions import deliver, run_owed, sweep
from common.outbox.models import OutboxMessage
from tests.factories.accounts import DistrictFactory, NotificationFactory, UnitMemberFactory, UserFactory
from tests.reviews.threads import in_threads

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Tuesday, half past eight.
DAY = date(2026, 3, 3)
MORNING = datetime(2026, 3, 3, 8, 30, tzinfo=SHANGHAI)
BEFORE = MORNING - timedelta(hours=16)

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UnitMemberFactory().user


@pytest.fixture
def due(monkeypatch):
    """A room with something due for the people in the list."""
    people: list = []

    def sections(user, today):
        lines = [Line("DZ2024-0001 演示企业 · 3.4.5 初审，已逾期 1 个工作日", "/reviews/tasks/1/")]
        found = Section("已逾期的待办", 1, "件", lines, "/reviews/?due=overdue", NoticeTopic.CLOCK, "1 件已逾期")
        return [found] if user.pk in people else []

    monkeypatch.setattr(digest, "_SOURCES", [(lambda today: people, sections)])
    return people


def tell(user, title="新待办：DZ2024-0001 初审", *, at=BEFORE, topic=NoticeTopic.TASK, url="/reviews/tasks/7/"):
    notify([user], title=title, topic=topic, url=url, at=at)


def run(at=MORNING) -> list:
    """One ring of the beat and everything that follows; the mails that left with it."""
    before = len(mail.outbox)
    owe_digests(at=at)
    run_owed(at=at)
    return mail.outbox[before:]


class TestWhen:
    @pytest.mark.parametrize("hour", [8, 12, 23])
    def test_on_a_working_day_from_eight_on(self, hour):
        assert owe_digests(at=MORNING.replace(hour=hour))
        assert OutboxMessage.objects.get().key == "digests:2026-03-03"

    @pytest.mark.parametrize("at", [MORNING.replace(hour=7, minute=59), MORNING.replace(hour=0)])
    def test_not_earlier(self, at):
        assert not owe_digests(at=at)
        assert not OutboxMessage.objects.exists()

    def test_the_hour_is_that_of_shanghai(self):
        assert not owe_digests(at=datetime(2026, 3, 2, 23, 59, tzinfo=UTC))  # 07:59 of the 3rd
        assert owe_digests(at=datetime(2026, 3, 3, 0, 0, tzinfo=UTC))

    def test_days_off_and_worked_weekends_of_the_calendar(self):
        saturday, monday = MORNING.replace(day=7), MORNING.replace(day=9)
        assert not owe_digests(at=saturday)
        CalendarDay.objects.create(day=saturday.date(), is_working=True, name="调休上班", source="测试")
        CalendarDay.objects.create(day=monday.date(), is_working=False, name="放假", source="测试")
        assert owe_digests(at=saturday)
        assert not owe_digests(at=monday)

    def test_after_a_holiday_everything_since(self, officer):
        friday, monday = MORNING.replace(day=6), MORNING.replace(day=9)
        for day in (6, 7, 8):
            tell(officer, f"第{day}日", at=friday.replace(day=day, hour=20))
        assert run(friday.replace(day=7)) == run(friday.replace(day=8)) == []
        (sent,) = run(monday)
        assert [f"第{day}日" in sent.body for day in (6, 7, 8)] == [True] * 3

    def test_the_beat_rings_all_day_from_eight_on(self):
        entry = configured.CELERY_BEAT_SCHEDULE["daily-digests"]
        assert entry["task"] == owe_daily_digests.name
        assert (entry["schedule"].hour, entry["schedule"].minute) == (set(range(8, 24)), set(range(0, 60, 10)))


class TestWhom:
    def test_nothing_to_say_is_no_mail(self, officer):
        NotificationFactory(user=officer)
        assert run() == []
        assert not OutboxMessage.objects.filter(kind="accounts.digest").exists()

    def test_only_what_was_left_for_the_digest(self, officer):
        choose_channels(choices={"message": "mail", "letter": "none"}, by=officer, at=BEFORE)
        tell(officer, "来信", topic=NoticeTopic.MESSAGE)
        tell(officer, "文书", topic=NoticeTopic.LETTER)
        run_owed(at=BEFORE)
        assert len(mail.outbox) == 1
        assert run() == []

    def test_who_has_left_or_has_no_address_gets_none(self, officer):
        other = UnitMemberFactory().user
        for user in (officer, other):
            tell(user)
        officer.is_active, other.email = False, ""
        officer.save(update_fields=["is_active"])
        other.save(update_fields=["email"])
        assert run() == []

    def test_what_was_read_on_the_site_is_not_told_again(self, officer):
        tell(officer)
        officer.notifications.update(read_at=BEFORE)
        assert run() == []
        assert officer.notifications.get().digested_at == MORNING

    def test_due_work_alone_is_reason_enough(self, officer, due):
        due.append(officer.pk)
        (sent,) = run()
        assert sent.to == [officer.email]
        assert sent.subject == "【南昌电子信息政策兑现】每日汇总：1 件已逾期"

    def test_who_wants_no_mail_about_clocks_gets_no_list_of_them(self, officer, due):
        due.append(officer.pk)
        choose_channels(choices={"clock": "none"}, by=officer, at=BEFORE)
        assert run() == []


class TestWhat:
    def test_due_first_then_news_by_topic_with_counts_and_addresses(self, officer, due, settings):
        settings.SITE_URL = "https://ei.example.gov.cn"
        due.append(officer.pk)
        tell(officer, "企业已补正：DZ2024-0003", topic=NoticeTopic.CORRECTION, url="/reviews/tasks/9/")
        tell(officer)
        tell(officer, "没有页面的消息", url="")
        (sent,) = run()
        assert sent.subject == "【南昌电子信息政策兑现】每日汇总：1 件已逾期，3 条新消息"
        assert sent.body == (
            f"{officer.name}，您好：\n\n以下是截至2026年3月3日的汇总。\n\n"
            "■ 已逾期的待办（1 件）\n"
            "· DZ2024-0001 演示企业 · 3.4.5 初审，已逾期 1 个工作日\n"
            "  https://ei.example.gov.cn/reviews/tasks/1/\n\n"
            "■ 新消息：待办（新待办、交办、退回）（2 条）\n"
            "· 新待办：DZ2024-0001 初审\n"
            "  https://ei.example.gov.cn/reviews/tasks/7/\n"
            "· 没有页面的消息\n\n"
            "■ 新消息：补正（1 条）\n"
            "· 企业已补正：DZ2024-0003\n"
            "  https://ei.example.gov.cn/reviews/tasks/9/\n\n"
            "全部消息：https://ei.example.gov.cn/me/messages/\n\n——\n"
            "南昌电子信息政策兑现平台，工作日早上汇总一次；没有新内容时不发。本邮件由系统发出，请勿直接回复。\n"
            "送达方式可在此修改：https://ei.example.gov.cn/me/profile/notices/\n"
        )

    def test_long_lists_are_cut_counted_and_linked(self, officer, settings):
        for number in range(LINES + 5):
            tell(officer, f"待办{number:02d}")
        (sent,) = run()
        assert sent.body.count("· 待办") == LINES
        assert f"另有 5 条，全部见：{settings.SITE_URL}/me/messages/?topic=task" in sent.body

    def test_it_never_leads_away_and_hostile_text_stays_text(self, officer):
        tell(officer, "<b>甲 & 乙</b>\n■ 伪造的一节", url="//evil.example/")
        (sent,) = run()
        assert "· <b>甲 & 乙</b> ■ 伪造的一节\n" in sent.body
        assert "evil" not in sent.body


class TestOnce:
    def test_a_beat_that_rings_all_day_sends_one(self, officer, due):
        due.append(officer.pk)
        tell(officer)
        assert len(run()) == 1
        tell(officer, "上午的新消息", at=MORNING + timedelta(hours=1))
        for hour in range(9, 24):
            assert run(MORNING.replace(hour=hour)) == []
        (sent,) = run(MORNING + timedelta(days=1))
        assert "上午的新消息" in sent.body
        assert "DZ2024-0001 初审" not in sent.body

    def test_a_beat_that_was_down_in_the_morning_catches_up(self, officer):
        tell(officer)
        assert len(run(MORNING.replace(hour=15))) == 1

    def test_a_day_that_was_missed_altogether_is_told_by_the_next(self, officer):
        tell(officer)
        owe_digests(at=MORNING)  # and no worker that day
        (sent,) = run(MORNING + timedelta(days=1))
        assert "DZ2024-0001" in sent.body
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    def test_a_digest_of_yesterday_that_was_left_lying_says_nothing(self, officer, due):
        due.append(officer.pk)
        owe_digests(at=MORNING)
        day = OutboxMessage.objects.get(kind="accounts.digests")
        deliver(day.pk, at=MORNING)
        assert OutboxMessage.objects.filter(kind="accounts.digest", done_at=None).count() == 1
        assert len(run(MORNING + timedelta(days=1))) == 1  # one mail, not two, for yesterday and today

    def test_a_broker_that_forgot_everything_changes_nothing(self, officer, monkeypatch):
        """The sweeper hands over again what nobody carried out; carried out twice, it is still one mail."""
        tell(officer)
        sent: list[int] = []
        monkeypatch.setattr(broker, "send", lambda pk, probe=False: sent.append(pk) or True)
        owe_digests(at=MORNING)
        later = MORNING + timedelta(seconds=30)
        for _ in range(3):
            sweep(at=later)
            for pk in [*sent, *sent]:
                deliver(pk, at=later)
            later += timedelta(seconds=30)
        assert len(mail.outbox) == 1

    def test_a_worker_that_dies_halfway_leaves_all_of_it_owed(self, officer, monkeypatch):
        tell(officer)
        owe_digests(at=MORNING)
        deliver(OutboxMessage.objects.get().pk, at=MORNING)
        message = OutboxMessage.objects.get(kind="accounts.digest")
        with monkeypatch.context() as patch:
            patch.setattr("accounts.actions.notices.send_mail", lambda **_: 1 / 0)
            deliver(message.pk, at=MORNING)
        assert officer.notifications.get().digested_at is None
        assert not OutgoingMail.objects.exists()
        deliver(message.pk, at=MORNING + timedelta(minutes=5))
        assert officer.notifications.get().digested_at is not None
        assert OutgoingMail.objects.count() == 1

    def test_as_many_questions_for_30_messages_as_for_1(self, django_assert_num_queries, officer, due):
        one, many = UnitMemberFactory().user, UnitMemberFactory().user
        tell(one)
        for number in range(30):
            tell(many, f"待办{number}")
        counts = []
        for user in (one, many):
            with django_assert_num_queries(14) as captured:
                send_digest(user=user, day=DAY, at=MORNING)
            counts.append(len(captured))
        assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def person(self, due):
        user = UserFactory()
        UnitMember.objects.create(unit=DistrictFactory(), user=user, role="handler")
        due.append(user.pk)
        NotificationFactory(
            user=user, title="新待办", topic=NoticeTopic.TASK, channel=NoticeChannel.DIGEST, created_at=BEFORE
        )
        return user

    def test_two_beats_and_two_workers_at_once_send_one(self, person):
        _, faults = in_threads([lambda: owe_digests(at=MORNING)] * 2)
        assert faults == []
        assert OutboxMessage.objects.filter(kind="accounts.digests").count() == 1
        for kind in ("accounts.digests", "accounts.digest", "accounts.mail"):
            (message,) = OutboxMessage.objects.filter(kind=kind)
            in_threads([lambda pk=message.pk: deliver(pk, at=MORNING)] * 3)
        assert len(mail.outbox) == 1
        assert Notification.objects.filter(digested_at=None).count() == 0

    def test_control_without_the_key_of_person_and_day_there_are_two(self, person):
        in_threads([lambda: send_digest(user=person, day=DAY, at=MORNING)] * 2)
        assert OutgoingMail.objects.count() == 2
