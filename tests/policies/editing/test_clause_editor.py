"""The editor of a clause's draft: what is typed is judged, told in sentences, saved whole, and never lost."""

import datetime as dt

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.page_form import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    person = AdministratorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def draft(loaded, editor):
    """A draft of 3.4.5 from 2025 on."""
    return draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)


def address(version, name="clause"):
    return reverse(f"editing:{name}", args=[version.pk])


def opened(client, version):
    answer = client.get(address(version))
    assert answer.status_code == 200
    return form_of(answer.content.decode())


def post(client, version, data, name="clause", **more):
    return client.post(address(version, name), {**data, **more})


def test_saving_what_nobody_touched_changes_nothing(client, loaded, editor):
    for clause_id in ("3.1.2", "3.3.2", "3.4.1", "3.4.5", "3.8.3"):
        version = clause_of(clause_id).versions.get()
        draft = draft_from(version, valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
        answer = post(client, draft, opened(client, draft), op="save")
        assert answer.status_code == 302, (clause_id, answer.context["sheet"].errors)
        draft.refresh_from_db()
        assert draft.edit == 1, clause_id
