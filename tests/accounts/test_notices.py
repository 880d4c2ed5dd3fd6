"""How a message reaches a person: always the inbox, and by choice or default a mail at once or the digest."""

import ast

import pytest
from django.core import mail
from django.urls import reverse

from accounts.actions.notices import choose_channels
from accounts.enums import NoticeChannel, NoticeTopic, UnitRole
from accounts.models import NoticeChoice, Notification, OutgoingMail
from accounts.notifications import OFFICER_DEFAULTS, OUTSIDE_DEFAULTS, channels_of, notify
from common.audit.models import AuditEvent
from common.errors import Invalid
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from nanchang_ei.env import BASE_DIR
from tests.factories.accounts import (
    AT,
    AuditorFactory,
    EnterpriseMemberFactory,
    NotificationFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CHOICES = "accounts:notice_choices"


def all_of(channel: str) -> dict[str, str]:
    return {topic.value: channel for topic in NoticeTopic}


@pytest.fixture
def officer(handler):
    return handler


class TestChannels:
    def test_every_topic_has_a_default_for_everybody(self):
        assert set(OFFICER_DEFAULTS) == set(OUTSIDE_DEFAULTS) == set(NoticeTopic)

    @pytest.mark.parametrize("topic", NoticeTopic)
    def test_defaults_by_who_a_person_is(self, officer, legal, topic):
        expert = UnitMemberFactory(role=UnitRole.EXPERT).user
        auditor = AuditorFactory()
        notify([officer, legal, expert, auditor], title="题", topic=topic, at=AT)
        found = dict(Notification.objects.values_list("user_id", "channel"))
        assert found == {
            officer.pk: OFFICER_DEFAULTS[topic],
            auditor.pk: OFFICER_DEFAULTS[topic],
            legal.pk: OUTSIDE_DEFAULTS[topic],
            expert.pk: OUTSIDE_DEFAULTS[topic],
        }

    def test_an_officer_who_also_acts_for_an_enterprise_is_called_like_an_enterprise(self, officer):
        EnterpriseMemberFactory(user=officer)
        assert channels_of(officer)[1] is OUTSIDE_DEFAULTS

    @pytest.mark.parametrize("channel", NoticeChannel)
    def test_a_choice_outweighs_the_default(self, officer, channel):
        choose_channels(choices={"task": channel.value}, by=officer, at=AT)
        notify([officer], title="题", topic=NoticeTopic.TASK, at=AT)
        assert officer.notifications.get().channel == channel
        assert OutboxMessage.objects.filter(kind="accounts.notice_mail").exists() == (channel == NoticeChannel.MAIL)

    def test_without_an_address_there_is_the_inbox(self, legal):
        legal.email = ""
        legal.save(update_fields=["email"])
        notify([legal], title="题", topic=NoticeTopic.DECISION, at=AT)
        assert legal.notifications.get().channel == NoticeChannel.NONE
        assert not OutboxMessage.objects.exists()

    def test_as_many_questions_for_thirty_people_as_for_one(self, django_assert_num_queries):
        people = [UnitMemberFactory().user for _ in range(30)]
        for group in (people[:1], people):
            with django_assert_num_queries(3):  # who is an officer, who chose what, the rows
                notify(group, title="题", topic=NoticeTopic.TASK, at=AT)


def test_whoever_tells_something_says_what_it_is_about():
    """Without a topic nobody could choose how to hear of it."""
    silent = []
    for app in ("accounts", "applications", "awards", "letters", "policies", "reviews"):
        for file in sorted((BASE_DIR / app).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify"
                if named and "topic" not in {keyword.arg for keyword in node.keywords}:
                    silent.append(f"{file}:{node.lineno}")
    assert silent == []


class TestMail:
    def told(self, user, **values):
        values = {
            "title": "请补正：DZ2024-0001",
            "body": "请于2026年3月9日前补正。",
            "url": "/applications/7/",
        } | values
        notify([user], topic=NoticeTopic.CORRECTION, at=AT, **values)
        run_owed(at=AT)
        return mail.outbox

    def test_it_says_what_the_inbox_says_with_addresses_of_this_site(self, legal, settings):
        settings.SITE_URL = "https://ei.example.gov.cn"
        (sent,) = self.told(legal)
        assert sent.to == [legal.email]
        assert sent.subject == "【南昌电子信息政策兑现】请补正：DZ2024-0001"
        assert sent.body == (
            f"{legal.name}，您好：\n\n请补正：DZ2024-0001\n\n请于2026年3月9日前补正。\n\n"
            "查看：https://ei.example.gov.cn/applications/7/\n\n——\n"
            "南昌电子信息政策兑现平台，2026年3月2日 09:00。本邮件由系统发出，请勿直接回复。\n"
            "这类消息（补正）的送达方式可在此修改：https://ei.example.gov.cn/me/profile/notices/\n"
        )
        assert sent.alternatives == []

    @pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/x", "javascript:alert(1)", "me/"])
    def test_it_never_leads_away(self, legal, settings, url):
        (sent,) = self.told(legal, url=url)
        assert f"查看：{settings.SITE_URL}/me/messages/\n" in sent.body
        assert "evil" not in sent.body
        assert "javascript" not in sent.body

    def test_hostile_text_stays_text(self, legal):
        (sent,) = self.told(legal, title="甲\r\nBcc: x@example.com {{ user.password }}", body="<b>1 & 2</b>")
        assert "\n" not in sent.subject
        assert sent.bcc == []
        assert "<b>1 & 2</b>" in sent.body
        assert "{{ user.password }}" in sent.body

    def test_it_leaves_once_however_often_it_is_carried_out(self, legal):
        self.told(legal)
        OutboxMessage.objects.filter(kind="accounts.mail").update(done_at=None)
        run_owed(at=AT)
        assert len(mail.outbox) == 1
        assert OutgoingMail.objects.get().body == ""

    def test_who_has_left_meanwhile_gets_none(self, legal):
        notify([legal], title="题", topic=NoticeTopic.LETTER, at=AT)
        legal.is_active = False
        legal.save(update_fields=["is_active"])
        run_owed(at=AT)
        assert mail.outbox == []
        assert not OutboxMessage.objects.filter(done_at=None).exists()


class TestChoosing:
    def test_only_what_differs_from_the_default_is_kept(self, officer):
        held = choose_channels(choices=all_of("digest"), by=officer, at=AT)
        assert set(held.values()) == {NoticeChannel.DIGEST}
        kept = set(NoticeChoice.objects.filter(user=officer).values_list("topic", flat=True))
        assert kept == {topic.value for topic in NoticeTopic if OFFICER_DEFAULTS[topic] != NoticeChannel.DIGEST}
        choose_channels(choices={t.value: c.value for t, c in OFFICER_DEFAULTS.items()}, by=officer, at=AT)
        assert not NoticeChoice.objects.exists()

    def test_a_change_is_on_record_and_nothing_else(self, officer):
        choose_channels(choices={"task": "mail"}, by=officer, at=AT)
        choose_channels(choices={"task": "mail"}, by=officer, at=AT)
        event = AuditEvent.objects.get(event="accounts.notice_choices_changed")
        assert event.data == {"task": "mail"}

    @pytest.mark.parametrize("choices", [{"task": "pigeon"}, {"weather": "mail"}, {"task": ""}])
    def test_unknown_words_are_refused(self, officer, choices):
        with pytest.raises(Invalid):
            choose_channels(choices=choices, by=officer, at=AT)
        assert not NoticeChoice.objects.exists()


class TestPage:
    def test_it_shows_what_holds_and_keeps_what_is_chosen(self, officer, as_user):
        client = as_user(officer)
        page = client.get(reverse(CHOICES)).content.decode()
        assert page.count("checked") == len(NoticeTopic)
        assert page.count(">默认<") == len(NoticeTopic)
        assert officer.email in page
        assert client.post(reverse(CHOICES), all_of("mail")).status_code == 302
        assert set(channels_of(officer)[0].values()) == {NoticeChannel.MAIL}
        client.post(reverse(CHOICES), {"reset": "1"})
        assert channels_of(officer)[0] == OFFICER_DEFAULTS

    def test_a_faulty_post_is_told_and_keeps_the_rest(self, officer, as_user):
        answer = as_user(officer).post(reverse(CHOICES), all_of("mail") | {"clock": "x"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "期限（即将到期、逾期、升级）：请选择送达方式。" in page
        assert page.count("checked") == len(NoticeTopic) - 1
        assert not NoticeChoice.objects.exists()

    def test_the_profile_leads_there(self, officer, as_user):
        assert reverse(CHOICES) in as_user(officer).get(reverse("accounts:profile")).content.decode()

    def test_one_chooses_for_oneself_only(self, officer, legal, as_user):
        as_user(officer).post(reverse(CHOICES), all_of("none") | {"user": str(legal.pk)})
        assert set(NoticeChoice.objects.values_list("user", flat=True)) == {officer.pk}


class TestInboxByTopic:
    @pytest.fixture
    def person(self):
        user = UserFactory()
        NotificationFactory(user=user, title="待办甲", topic=NoticeTopic.TASK, url="/me/profile/")
        NotificationFactory(user=user, title="来信乙", topic=NoticeTopic.MESSAGE)
        return user

    def test_one_topic(self, person, as_user):
        page = as_user(person).get(reverse("accounts:notifications"), {"topic": "message"}).content.decode()
        assert "来信乙" in page
        assert "待办甲" not in page
        assert "?topic=task" in page

    def test_an_unknown_topic_is_all(self, person, as_user):
        page = as_user(person).get(reverse("accounts:notifications"), {"topic": "x"}).content.decode()
        assert "来信乙" in page
        assert "待办甲" in page

    def test_marking_one_topic_as_read(self, person, as_user):
        answer = as_user(person).post(reverse("accounts:notifications_read"), {"topic": "message"})
        assert answer["Location"] == "/me/messages/?topic=message"
        assert list(person.notifications.filter(read_at=None).values_list("title", flat=True)) == ["待办甲"]

    def test_marking_as_read_without_going_there(self, person, as_user):
        row = person.notifications.get(title="待办甲")
        data = {"stay": "1", "topic": "task"}
        answer = as_user(person).post(reverse("accounts:notification_open", args=[row.pk]), data)
        assert answer["Location"] == "/me/messages/?topic=task"
        row.refresh_from_db()
        assert row.read_at is not None
