"""Standing words in the administration, and the command that looks at the fonts."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from common.audit.models import AuditEvent
from letters.management.commands import letter_fonts
from letters.models import LetterText
from tests.letters.conftest import make_user, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = make_user(system_role="administrator")
    client.force_login(user)
    return user


WORDING = {
    "kind": "approval",
    "slot": "closing",
    "body": "此复，{企业名称}。",
    "valid_from": "2026-12-01",
    "note": "调整",
}
ADD = "admin:letters_lettertext_add"


def test_an_administrator_sets_a_wording_and_the_trail_tells(client, administrator):
    assert "{企业名称}" in client.get(reverse(ADD)).content.decode()
    assert client.post(reverse(ADD), WORDING).status_code == 302
    text = LetterText.objects.get()
    assert (text.body, text.created_by) == ("此复，{企业名称}。", administrator)
    assert AuditEvent.objects.filter(event="letters.text_set").count() == 1


@pytest.mark.parametrize("body", ["{{ 7*7 }}", "{% load x %}", "{密码}"])
def test_template_expressions_are_refused(client, administrator, body):
    answer = client.post(reverse(ADD), {**WORDING, "body": body})
    assert answer.status_code == 200
    assert not LetterText.objects.exists()


def test_a_wording_is_never_edited_or_deleted(client, administrator):
    client.post(reverse(ADD), WORDING)
    text = LetterText.objects.get()
    change = reverse("admin:letters_lettertext_change", args=[text.pk])
    assert client.post(change, {**WORDING, "body": "改"}).status_code == 403
    assert client.post(reverse("admin:letters_lettertext_delete", args=[text.pk]), {"post": "yes"}).status_code == 403


def test_officers_do_not_administer_wordings(client, unit):
    client.force_login(officer(unit, "leader"))
    assert client.get(reverse(ADD)).status_code in {302, 403}


def test_the_command_names_the_fonts_and_checks_common_characters():
    out = StringIO()
    call_command("letter_fonts", stdout=out)
    assert "正文（仿宋）：" in out.getvalue()
    assert "均可打印" in out.getvalue()


def test_the_command_fails_where_a_character_is_missing(monkeypatch):
    monkeypatch.setattr(letter_fonts, "SAMPLE", "\U0003fffd")
    monkeypatch.setattr(letter_fonts, "level_one_characters", lambda: "")
    with pytest.raises(CommandError):
        call_command("letter_fonts", stdout=StringIO())


def test_level_one_of_the_standard_is_complete():
    assert len(letter_fonts.level_one_characters()) == 3755
