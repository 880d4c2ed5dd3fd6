"""The impact of taking clauses out of force: what past years would have come to without them, before a second person
carries it out."""

import datetime as dt

import pytest

from awards.actions.impact import start_impact
from awards.impact_report import impact_report
from awards.publication_changes import change_for, past_years
from awards.queries.impact import impact_gate, impacts_of
from common.outbox.actions import run_owed
from policies.actions.publication import publish_publication, submit_publication
from policies.errors import PublicationRefused
from policies.queries import clause_version_for
from policies.queries.publications import Ending, published_of
from tests.awards.impact.conftest import clause_draft, forty, publication_of
from tests.factories.applications import AT, YEAR
from tests.factories.policies import clause_of
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


def submitted(small_year, by, *endings, versions=()):
    return submit_publication(small_year.document, versions=versions, endings=endings, reason="资金到期", by=by, at=AT)


def version_of(clause_id):
    return clause_of(clause_id).versions.get(state="published")


def change_of(publication):
    (year,) = past_years(publication)
    return change_for(publication, year)


def test_a_retired_clause_is_gone_and_its_impact_is_owed_before(small_year, administrator, second):
    publication = submitted(small_year, administrator, Ending(version_of("3.4.5"), None))
    found = change_of(publication)
    assert found.change["clauses"] == {"3.4.5": None}
    (words,) = found.words
    assert words.endswith("第1版停用：变更后按没有这一条款计。已提交的申报仍按提交时的版本办完。")
    assert len(impact_gate(publication)) == 1
    with pytest.raises(PublicationRefused):
        publish_publication(publication=publication, expected_version=1, by=second, at=LATER)
    start_impact(publication=publication, by=administrator, at=AT)
    run_owed(at=LATER)
    assert impact_gate(publication) == []
    report = impact_report(impacts_of(publication))
    rows = {row.key: row.sums for row in report.clauses}
    assert rows["3.4.5"].before > 0
    assert rows["3.4.5"].after == 0
    assert report.whole.difference == -rows["3.4.5"].before
    filed = version_of("3.4.5").applications.filter(filed_at__isnull=False)
    keeps = set(filed.values_list("pk", "clause_version"))
    publish_publication(publication=publication, expected_version=1, by=second, at=LATER)
    assert keeps
    assert set(filed.values_list("pk", "clause_version")) == keeps


def test_a_day_after_the_past_years_still_says_what_a_year_comes_to(small_year, administrator):
    publication = submitted(small_year, administrator, Ending(version_of("3.4.5"), dt.date(2025, 6, 30)))
    found = change_of(publication)
    assert found.change["clauses"] == {"3.4.5": None}
    assert "该年度本身不受影响，测算只用来看以后每年涉及多少。" in found.words[0]
    assert clause_version_for(clause_of("3.4.5"), YEAR)


def test_a_day_in_a_past_year_takes_that_year(small_year, administrator):
    publication = submitted(small_year, administrator, Ending(version_of("3.4.5"), dt.date(2024, 6, 30)))
    (words,) = change_of(publication).words
    assert "提前终止，到2024年6月30日为止：变更后按没有这一条款计。已提交" in words


def test_what_a_draft_goes_on_with_is_laid_as_the_draft(small_year, administrator):
    draft = clause_draft("3.4.5", administrator, forty)
    publication = publication_of(small_year.document, [draft], administrator)
    publication.items.create(clause_version=version_of("3.4.5"), act="retire")
    award = change_of(publication).change["clauses"]["3.4.5"]["definition"]["award"]
    assert award["each"]["rate"]["value"] == "40%"


def test_a_whole_policy_may_leave_force(small_year, administrator):
    endings = [Ending(version, None) for version in published_of(small_year.document)]
    publication = submitted(small_year, administrator, *endings)
    start_impact(publication=publication, by=administrator, at=AT)
    run_owed(at=LATER)
    assert impact_gate(publication) == []
    assert impact_report(impacts_of(publication)).whole.sums.after == 0
