"""Two policies that govern one year: each has an account, a cap and figures of its own for the same enterprise."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import YearAccount
from awards.queries.preview import awards_of, governing_policy
from policies.actions.documents import copy_document
from policies.actions.drafts import save_draft
from policies.drafts import RulesContent
from policies.heads import DocumentHead
from policies.models import ClauseVersion, PolicyRules
from policies.rules.receipt import verify_receipt
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, YEAR
from tests.factories.awards import make_award
from tests.factories.policies import clause_of
from tests.factories.reviews import officer

pytestmark = pytest.mark.django_db
NUMBER = "演示府发〔2023〕9号"
BESIDE = f"{NUMBER} 3.4.5"


@pytest.fixture
def beside(policies_loaded):
    """A second policy for the same years with a copy of 3.4.5, a cap of 1% and one figure less; published as it is."""
    by = AdministratorFactory()
    head = DocumentHead(
        number=NUMBER,
        title="另一项政策（演示）",
        kind="policy",
        issuer="演示机关",
        issued_on=dt.date(2023, 1, 1),
        valid_from=dt.date(2023, 1, 1),
        valid_to=dt.date(2027, 12, 31),
        slug="beside",
    )
    document = copy_document(policies_loaded, head=head, clauses=[clause_of("3.4.5")], by=by, at=AT)
    rules = document.rules.get()
    content = RulesContent.of(rules)
    definition = copy.deepcopy(content.definition)
    definition["total_cap"]["rate"]["value"] = "1%"
    definition["year_facts"] = [fact for fact in definition["year_facts"] if fact["key"] != "rd_staff"]
    save_draft(rules, content=replace(content, definition=definition), expected_edit=rules.edit, by=by, at=AT)
    ClauseVersion.objects.filter(clause__document=document).update(state="published", published_at=AT)
    PolicyRules.objects.filter(document=document).update(state="published", published_at=AT)
    document.published_at = AT
    document.save()
    return document


def test_each_policy_has_its_own_account_and_cap(company, beside):
    """Sales of the sample are 15亿元: 5% bind nothing, 1% of the other policy would be 1500万, above both amounts."""
    first, second = make_award(company, "3.4.5"), make_award(company, BESIDE)
    assert first.account != second.account
    assert YearAccount.objects.filter(enterprise=company.enterprise, policy_year=YEAR).count() == 2
    assert {row.document for row in YearAccount.objects.all()} == {first.application.clause.document, beside}
    assert governing_policy(awards_of(first.account)).number == first.application.clause.document.number
    policy = governing_policy(awards_of(second.account))
    assert (policy.number, policy.total_cap.rate.value) == (NUMBER, "1%")
    assert [claim["clause"] for claim in second.receipt["document"]["claims"]] == ["3.4.5"]
    assert second.receipt["document"]["policy"] == NUMBER
    assert first.account.files().get() == first.application
    assert second.account.files().get() == second.application


def test_a_figure_that_a_policy_does_not_ask_for_is_passed_over(company, beside):
    """The enterprise states the figures of a year once, for all policies; the second one has no use for 研发人员."""
    award = make_award(company, BESIDE)
    assert "rd_staff" in award.revision.figures
    assert "rd_staff" not in award.receipt["document"]["applicant"]
    assert verify_receipt(award.receipt, governing_policy(awards_of(award.account))).holds


def test_the_list_of_accounts_names_the_policy(company, beside):
    award = make_award(company, BESIDE)
    make_award(company, "3.4.5")
    client = Client()
    client.force_login(officer(award.unit))
    page = client.get(reverse("awards:accounts")).content.decode()
    assert NUMBER in page
    assert "洪府发〔2023〕30号" in page
    page = client.get(reverse("awards:account", args=[award.account_id])).content.decode()
    assert f"{NUMBER} · {YEAR} 年度" in page
