"""What was entered since the amounts of a 公示 were settled: one line for an enterprise, also once it is shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.actions import withdraw_external_award
from awards.queries.entered import entered_since
from tests.awards.entries import external, sales
from tests.factories.applications import make_company
from tests.factories.awards import make_award
from tests.factories.publicity import close, make_draft_round, make_round
from tests.factories.reviews import LATER, officer

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(days=1)


@pytest.fixture
def award(company):
    return make_award(company, "3.4.1")


def told(publicity) -> list[tuple[str, str, str]]:
    return [(row.account.enterprise.name, row.text, row.last_unit) for row in entered_since(publicity)]


def test_nothing_is_told_where_nothing_was_entered(award):
    sales(award.account, "900000000.00", at=LATER - timedelta(hours=1))
    assert told(make_draft_round(award)) == []


def test_each_enterprise_has_one_line_with_what_and_when(award, stranger):
    quiet = make_award(stranger, "3.4.1")
    publicity = make_draft_round(award, quiet)
    row = external(award.account, at=AFTER)
    sales(award.account, "900000000.00", at=AFTER + timedelta(hours=1))
    sales(award.account, "910000000.00", at=AFTER + timedelta(hours=2))
    name = award.account.enterprise.name
    assert told(publicity) == [(name, "录入其他政策奖补、核对年度数据 2 次", "市工信局")]
    withdraw_external_award(external=row, reason="录错企业", by=officer("市科技局"), at=AFTER + timedelta(hours=3))
    ((_, text, unit),) = told(publicity)
    assert (text, unit) == ("录入其他政策奖补、核对年度数据 2 次、撤销其他政策奖补", "市科技局")


def test_it_is_told_while_the_list_is_shown_and_not_when_it_is_over(award):
    publicity = make_round(award)
    sales(award.account, "900000000.00", at=AFTER)
    assert [text for _, text, _ in told(publicity)] == ["核对年度数据"]
    assert told(close(publicity)) == []


def test_the_page_leads_to_the_account(award):
    publicity = make_round(award)
    sales(award.account, "900000000.00", at=AFTER)
    client = Client()
    client.force_login(officer(publicity.unit))
    page = client.get(reverse("awards:round", args=[publicity.pk])).content.decode()
    section = page.split('id="entered-title"')[1].split("</section>")[0]
    assert reverse("awards:account", args=[award.account_id]) in section
    assert award.account.enterprise.name in section
    assert "核对年度数据" in section
    public = Client().get(reverse("awards:public_round", args=[publicity.pk])).content.decode()
    assert "核对年度数据" not in public


def test_it_asks_as_often_for_three_enterprises_as_for_one(award, stranger):
    def asked(publicity) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert entered_since(publicity)
        return len(queries)

    sales(award.account, "900000000.00", at=AFTER)
    once = asked(make_draft_round(award))
    more = [make_award(stranger, "3.4.1"), make_award(make_company(), "3.4.1")]
    for one in more:
        sales(one.account, "900000000.00", at=AFTER)
    assert asked(make_draft_round(*more)) == once
