"""A clause that left force: whoever is at work on an application hears of it."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Notification
from applications.actions.endings import tell_of_ending
from applications.models import Application
from common.errors import LateError
from common.outbox.actions import run_owed
from policies.actions.publication import publish_publication, submit_publication
from policies.errors import PublicationRefused
from policies.queries.publications import Ending, published_of
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, file, fill, make_draft, make_filed
from tests.factories.policies import clause_of

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


def retire(clause_id):
    """As administrators do it."""
    version = clause_of(clause_id).versions.get()
    document = version.clause.document
    publication = submit_publication(
        document, versions=[], endings=[Ending(version, None)], reason="资金到期", by=AdministratorFactory(), at=AT
    )
    publish_publication(publication=publication, expected_version=1, by=AdministratorFactory(), at=LATER)
    run_owed(at=LATER)


def told():
    return Notification.objects.filter(title__startswith="条款不再受理")


def test_whoever_holds_a_draft_is_told_why_it_cannot_be_filed(company):
    draft = make_draft(company, "3.4.5")
    make_draft(company, "3.4.2")
    retire("3.4.5")
    found = told().filter(user=company.agent)
    assert [(one.title, one.url) for one in found] == [
        (f"条款不再受理：3.4.5 “5G+智慧工厂”建设补助（{draft.policy_year} 年度）", f"/applications/{draft.pk}/")
    ]
    assert found.get().body == (f"该条款已没有适用于 {draft.policy_year} 年度的版本，这份草稿不能提交。理由：资金到期")


def test_drafts_of_a_year_that_is_still_governed_hear_nothing(company):
    make_draft(company, "3.4.5")
    assert tell_of_ending(clause=clause_of("3.4.5"), reason="演示", at=LATER) == 0
    assert not told().exists()


def test_what_was_typed_can_be_read_and_given_up_but_not_filed(company, client):
    draft = fill(make_draft(company, "3.4.5"), company)
    retire("3.4.5")
    client.force_login(company.legal)
    said = f"该条款已停用或终止，没有适用于 {draft.policy_year} 年度的版本，不再受理。"
    for name in ("detail", "facts", "figures", "evidence", "check"):
        page = client.get(reverse(f"applications:{name}", args=[draft.pk]))
        assert page.status_code == 200, name
        assert said in page.content.decode() or name in ("figures", "evidence"), name
    assert client.get(reverse("applications:list")).status_code == 200
    with pytest.raises(LateError, match="不再受理"):
        file(Application.objects.get(pk=draft.pk), company)
    response = client.post(reverse("applications:withdraw", args=[draft.pk]), {"reason": ""})
    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.state == "withdrawn"


def test_a_whole_policy_that_ended_early_leaves_its_drafts_readable(company, client):
    draft = make_draft(company, "3.4.5")
    document = draft.clause.document
    last = dt.date(draft.policy_year, 6, 30)
    endings = [Ending(version, last) for version in published_of(document)]
    publication = submit_publication(
        document, versions=[], endings=endings, reason="资金到期", by=AdministratorFactory(), at=AT
    )
    publish_publication(publication=publication, expected_version=1, by=AdministratorFactory(), at=LATER)
    client.force_login(company.legal)
    for name in ("detail", "facts", "check"):
        assert client.get(reverse(f"applications:{name}", args=[draft.pk])).status_code == 200, name


def test_nothing_ends_unseen_under_files(company):
    """Where something was filed, the impact on past years is owed first: the gate of awards says so."""
    application = make_filed(company, "3.4.5").application
    version = application.clause_version
    with pytest.raises(PublicationRefused, match="1 处问题"):
        retire("3.4.5")
    version.refresh_from_db()
    assert version.is_published
    assert not told().exists()
