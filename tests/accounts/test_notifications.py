"""The inbox and the own profile."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actions.inbox import mark_all_read, mark_read
from accounts.models import Notification
from accounts.notifications import notify
from common.errors import NotFound
from tests.factories.accounts import AT, NotificationFactory, UserFactory

pytestmark = pytest.mark.django_db
INBOX = "accounts:notifications"


def test_each_active_person_gets_one_message():
    user, suspended = UserFactory(), UserFactory(is_active=False)
    assert notify([user, user, suspended], title="题" * 200, at=AT) == 1
    assert len(user.notifications.get().title) == 120
    assert not suspended.notifications.exists()


def test_unread_first_then_latest(as_user):
    user = UserFactory()
    NotificationFactory(user=user, title="旧的未读", created_at=AT - timedelta(days=3))
    NotificationFactory(user=user, title="新的已读", created_at=AT, read_at=AT)
    NotificationFactory(user=user, title="新的未读", created_at=AT)
    NotificationFactory(title="别人的消息")
    page = as_user(user).get(reverse(INBOX)).content.decode()
    positions = [page.index(title) for title in ("新的未读", "旧的未读", "新的已读")]
    assert positions == sorted(positions)
    assert "别人的消息" not in page


def test_opening_marks_as_read_and_goes_there(as_user):
    message = NotificationFactory(url="/me/profile/")
    response = as_user(message.user).post(reverse("accounts:notification_open", args=[message.pk]))
    assert response["Location"] == "/me/profile/"
    message.refresh_from_db()
    first_read = message.read_at
    assert first_read is not None
    assert mark_read(notification_id=message.pk, by=message.user, at=AT).read_at == first_read


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_messages_never_lead_away(as_user, url):
    message = NotificationFactory(url=url)
    response = as_user(message.user).post(reverse("accounts:notification_open", args=[message.pk]))
    assert response["Location"] == reverse(INBOX)


def test_somebody_elses_message_does_not_exist(as_user):
    message = NotificationFactory(url="/me/profile/")
    with pytest.raises(NotFound):
        mark_read(notification_id=message.pk, by=UserFactory(), at=AT)
    response = as_user(UserFactory()).post(reverse("accounts:notification_open", args=[message.pk]))
    assert response.status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_marking_all_touches_only_the_own(as_user):
    message, foreign = NotificationFactory(), NotificationFactory()
    as_user(message.user).post(reverse("accounts:notifications_read"))
    assert Notification.objects.get(pk=message.pk).read_at is not None
    assert Notification.objects.get(pk=foreign.pk).read_at is None
    assert mark_all_read(by=message.user, at=AT) == 0


def test_the_inbox_costs_the_same_for_1_and_20(as_user):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = UserFactory()
    client = as_user(user)
    NotificationFactory(user=user)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(INBOX))
        return len(captured)

    few = count()
    NotificationFactory.create_batch(30, user=user)
    assert count() == few


def test_an_empty_inbox_says_so(as_user):
    assert "还没有消息" in as_user(UserFactory()).get(reverse(INBOX)).content.decode()


def test_changing_the_profile(as_user):
    user = UserFactory()
    client = as_user(user)
    address = reverse("accounts:profile")
    assert client.post(address, {"name": "新 名字", "phone": "１３９００００１１１１"}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.phone) == ("新 名字", "13900001111")
    refused = client.post(address, {"name": "", "phone": "1"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"name", "phone"}


def test_the_profile_gives_no_rights(as_user):
    user = UserFactory()
    answers = {"name": "甲", "phone": "", "system_role": "administrator", "is_superuser": "1", "username": "root"}
    as_user(user).post(reverse("accounts:profile"), answers)
    user.refresh_from_db()
    assert (user.system_role, user.is_superuser, user.username == "root") == ("", False, False)
