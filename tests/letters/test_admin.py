"""Standing words in the administration, and the command that looks at the fonts."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from letters.management.commands import letter_fonts
from letters.models import LetterText
from tests.letters.conftest import make_user, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = make_user(system_role="administrator")
    client.force_login(user)
    return user


LIST = "admin:letters_lettertext_changelist"
ADD = "admin:letters_lettertext_add"


def test_wordings_are_looked_at_here_and_changed_on_their_own_pages(client, administrator):
    assert client.get(reverse(LIST)).status_code == 200
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), {"kind": "approval", "slot": "closing", "body": "此复。"}).status_code == 403
    assert not LetterText.objects.exists()


def test_officers_do_not_administer_wordings(client, unit):
    client.force_login(officer(unit, "leader"))
    assert client.get(reverse(LIST)).status_code in {302, 403}


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
