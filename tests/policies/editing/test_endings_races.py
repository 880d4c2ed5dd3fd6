"""Two administrators at once: one ending is carried out once, and beside a successor whichever comes second sees what
the first one did."""

import datetime as dt

import pytest

from policies.actions.cases import add_case
from policies.actions.drafts import draft_from
from policies.actions.publication import publish_publication, submit_publication
from policies.models import Publication
from policies.queries.publications import Ending
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.conftest import FROM, expected, one_project
from tests.reviews.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + dt.timedelta(hours=1)


def at_once(*pairs):
    """Publish each publication by its person, all at the same moment."""
    return in_threads(
        [
            lambda one=publication, by=by: (
                publish_publication(publication=one, expected_version=1, by=by, at=LATER).state
            )
            for publication, by in pairs
        ]
    )


def submitted(by, endings=(), versions=()):
    document = clause_of("3.4.5").document
    return submit_publication(document, versions=versions, endings=endings, reason="演示", by=by, at=AT)


def test_two_who_publish_one_ending_at_once(loaded):
    version, author = clause_of("3.4.5").versions.get(), AdministratorFactory()
    publication = submitted(author, [Ending(version, None)])
    answers, faults = at_once(*((publication, AdministratorFactory()) for _ in range(2)))
    assert answers == ["published"]
    (fault,) = faults
    assert "已发布，不能再办理" in str(fault)


def test_an_ending_and_a_successor_at_once(loaded):
    version, author = clause_of("3.4.5").versions.get(), AdministratorFactory()
    draft = draft_from(version, valid_from=FROM, by=author, at=AT)
    add_case(draft, title="一个项目", document=one_project(), expected=expected("4000000.00"), by=author, at=AT)
    ending, successor = submitted(author, [Ending(version, None)]), submitted(author, versions=[draft])
    _, faults = at_once((ending, AdministratorFactory()), (successor, AdministratorFactory()))
    version.refresh_from_db()
    draft.refresh_from_db()
    states = [Publication.objects.get(pk=one.pk).state for one in (ending, successor)]
    assert draft.is_published
    if faults:  # the successor came first
        assert states == ["open", "published"]
        assert "在提交之后改为到2024年12月31日为止" in str(faults[0])
        assert (version.state, version.valid_to) == ("published", dt.date(2024, 12, 31))
    else:
        assert states == ["published", "published"]
        assert version.state == "retired"
