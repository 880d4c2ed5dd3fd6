"""A clause that left force: whoever is at work on an application hears of it."""

import datetime as dt

import pytest

from accounts.models import Notification
from applications.actions.endings import tell_of_ending
from common.outbox.actions import run_owed
from policies.actions.publication import publish_publication, submit_publication
from policies.errors import PublicationRefused
from policies.queries.publications import Ending
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, make_draft, make_filed
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


def test_nothing_ends_unseen_under_files(company):
    """Where something was filed, the impact on past years is owed first: the gate of awards says so."""
    application = make_filed(company, "3.4.5").application
    version = application.clause_version
    with pytest.raises(PublicationRefused, match="1 处问题"):
        retire("3.4.5")
    version.refresh_from_db()
    assert version.is_published
    assert not told().exists()
