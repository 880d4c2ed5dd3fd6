"""Awards of files whose clause was retired without a successor while they were under way: computed and settled all the
same, in their printed place and their group."""

import pytest

from awards.actions import compute_award
from awards.queries.groups import groups_of
from awards.queries.preview import governing_policy, prepare_settlement
from policies.actions import retire_version
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import clause_of
from tests.factories.reviews import LATER, make_approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(db):
    return AdministratorFactory()


def test_an_award_is_computed_under_a_version_that_was_retired(company, editor):
    application = make_approved(company, "3.4.5")
    retire_version(clause_of("3.4.5").versions.get(), by=editor, at=LATER)
    award = compute_award(application_id=application.pk, at=LATER)
    assert (award.candidate_fen, award.state, award.clause_version.number) == (900_000_000, "candidate", 1)
    prepared = prepare_settlement(award.account, at=LATER)
    assert prepared.faults == ()
    assert [line.settled_fen for line in prepared.lines] == [900_000_000]


def test_a_retired_clause_keeps_its_group(company, editor):
    first, second = (make_approved(company, clause_id) for clause_id in ("3.4.2", "3.4.1"))
    retire_version(clause_of("3.4.2").versions.get(), by=editor, at=LATER)
    awards = [compute_award(application_id=one.pk, at=LATER) for one in (second, first)]
    account = awards[0].account
    # Also where the newest file is the other one: the policy keeps the clauses of all awards.
    policy = governing_policy(awards)
    printed = [clause.id for clause in policy.clauses]
    assert printed.index("3.4.1") + 1 == printed.index("3.4.2")
    (group,) = groups_of(account)
    assert (group.name, group.recommended.application.clause.clause_id) == ("研发投入", "3.4.2")
    settled = {line.clause: (line.settled_fen, line.reason) for line in prepare_settlement(account, at=LATER).lines}
    assert settled == {"3.4.2": (2_000_000_000, ""), "3.4.1": (0, "not_chosen")}
