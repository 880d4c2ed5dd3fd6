"""Colleagues: who opens their accounts, and the link with which they choose a password, once."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.access import Role, roles_of
from accounts.actions.people import deactivate_member, invite_member, reactivate_member, renew_invitation
from accounts.enums import EnterpriseRole
from accounts.models import EnterpriseMember, OutgoingMail, User
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.outbox.actions import run_owed
from tests.factories.accounts import AT, EnterpriseFactory, EnterpriseMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
PERSON = {"name": "新同事", "phone": "13700000000", "email": "colleague@example.com", "username": "colleague"}


def invite(enterprise, by, **changes):
    return invite_member(enterprise=enterprise, role="agent", by=by, at=AT, **{**PERSON, **changes})


def local(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


def test_inviting_shows_the_link_once_and_it_works_once(enterprise, legal, as_user):
    response = as_user(legal).post(reverse("accounts:member_invite"), {**PERSON, "role": "agent"})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    link = response.context["invitation"].link
    assert link in response.content.decode()
    assert link not in as_user(legal).get(reverse("accounts:members")).content.decode()
    user = User.objects.get(username="colleague")
    assert not user.has_usable_password()
    assert user.enterprise_memberships.get().enterprise == enterprise

    visitor = Client()
    form = visitor.get(local(link), follow=True)
    assert "设置密码" in form.content.decode()
    action = form.redirect_chain[-1][0]
    secret = {"password1": "brand-New-pass-11", "password2": "brand-New-pass-11"}
    assert visitor.post(action, secret, follow=True).status_code == 200
    user.refresh_from_db()
    assert user.check_password("brand-New-pass-11")
    again = Client().get(local(link), follow=True)
    assert "链接无效" in again.content.decode()


def test_the_mail_is_owed_sealed_and_wiped(enterprise, legal, django_capture_on_commit_callbacks):
    invitation = invite(enterprise, legal)
    row = OutgoingMail.objects.get()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_outgoingmail WHERE id = %s", [row.pk])
        assert invitation.link not in cursor.fetchone()[0]
    run_owed(at=AT)
    (message,) = mail.outbox
    assert message.to == ["colleague@example.com"]
    assert invitation.link in message.body
    row.refresh_from_db()
    assert (row.body, row.sent_at) == ("", AT)
    run_owed(at=AT)
    assert len(mail.outbox) == 1


def test_the_audit_trail_holds_no_link(enterprise, legal):
    invitation = invite(enterprise, legal)
    token = invitation.link.rstrip("/").rpartition("/")[2]
    assert all(token not in str(event.data) for event in AuditEvent.objects.all())


def test_an_agent_does_not_manage_where_there_is_a_legal_member(enterprise, agent, as_user):
    with pytest.raises(NotAllowed):
        invite(enterprise, agent)
    client = as_user(agent)
    assert client.get(reverse("accounts:member_invite")).status_code == 403
    assert client.get(reverse("accounts:members")).status_code == 200
    assert "添加人员" not in client.get(reverse("accounts:members")).content.decode()


def test_the_first_agent_manages_until_there_is_a_legal_member():
    row = EnterpriseFactory()
    first = EnterpriseMemberFactory(enterprise=row, role=EnterpriseRole.AGENT).user
    second = EnterpriseMemberFactory(enterprise=row, role=EnterpriseRole.AGENT).user
    with pytest.raises(NotAllowed):
        invite(row, second)
    invite_member(enterprise=row, role="legal", by=first, at=AT, **PERSON)
    with pytest.raises(NotAllowed):
        invite(row, first, username="another", email="another@example.com")


def test_strangers_find_nothing(enterprise):
    stranger = EnterpriseMemberFactory().user
    member = enterprise.members.first()
    for act in (
        lambda: invite(enterprise, stranger),
        lambda: deactivate_member(enterprise=enterprise, member_id=member.pk, by=stranger, at=AT),
        lambda: renew_invitation(enterprise=enterprise, member_id=member.pk, by=stranger, at=AT),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_member_of_another_enterprise_is_not_found(enterprise, legal):
    other = EnterpriseMemberFactory()
    with pytest.raises(NotFound):
        deactivate_member(enterprise=enterprise, member_id=other.pk, by=legal, at=AT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "abc"}, "username"),
        ({"username": "两 个 词 语"}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"phone": "123"}, "phone"),
        ({"name": " "}, "name"),
    ],
)
def test_faults_have_their_fields(enterprise, legal, changes, field):
    with pytest.raises(Invalid) as caught:
        invite(enterprise, legal, **changes)
    assert list(caught.value.errors) == [field]


def test_taken_names_are_refused_beside_the_field(enterprise, legal, as_user):
    UserFactory(username="Colleague", email="COLLEAGUE@example.com")
    response = as_user(legal).post(reverse("accounts:member_invite"), {**PERSON, "role": "agent"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"username", "email"}


def test_a_new_link_only_before_the_first_password(enterprise, legal):
    invitation = invite(enterprise, legal)
    member = EnterpriseMember.objects.get(user=invitation.user)
    assert renew_invitation(enterprise=enterprise, member_id=member.pk, by=legal, at=AT).link
    invitation.user.set_password("chosen-by-Myself-1")
    invitation.user.save()
    with pytest.raises(Conflict):
        renew_invitation(enterprise=enterprise, member_id=member.pk, by=legal, at=AT)


def test_suspending_takes_effect_at_once(enterprise, legal, agent, as_user):
    client = as_user(agent)
    assert client.get(reverse("accounts:enterprise")).status_code == 200
    member = enterprise.members.get(user=agent)
    as_user(legal).post(reverse("accounts:member_deactivate", args=[member.pk]))
    assert client.get(reverse("accounts:enterprise")).status_code == 403
    with pytest.raises(Conflict):
        deactivate_member(enterprise=enterprise, member_id=member.pk, by=legal, at=AT)
    reactivate_member(enterprise=enterprise, member_id=member.pk, by=legal, at=AT)
    assert roles_of(User.objects.get(pk=agent.pk)) == {Role.ENTERPRISE_AGENT}
    with pytest.raises(Conflict):
        reactivate_member(enterprise=enterprise, member_id=member.pk, by=legal, at=AT)


def test_nobody_suspends_himself(enterprise, legal):
    member = enterprise.members.get(user=legal)
    with pytest.raises(NotAllowed):
        deactivate_member(enterprise=enterprise, member_id=member.pk, by=legal, at=AT)
