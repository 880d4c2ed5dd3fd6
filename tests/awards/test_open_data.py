"""奖补公开: what everybody may read of the awards, what stays inside, and files in the terms of 360Giving."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.enums import AwardState
from awards.models import Award
from awards.open_data import COLUMNS, package, table
from awards.queries.open_data import OpenAward, open_stream, published
from tests.factories.applications import make_company
from tests.factories.awards import forward, make_approved_award, make_award, make_candidate
from tests.factories.policies import move, second_policy
from tests.factories.reviews import LATER

__all__ = ["second_policy"]

pytestmark = pytest.mark.django_db

PAGE = "awards:open_data"
DATE = r"^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$"
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"
#: What the published schema 1.1 of 360Giving asks of the fields that we use: type, or a pattern, or a nested shape.
ORGANISATION = {"id": str, "name": str}
GRANT = {
    "id": str,
    "title": str,
    "description": str,
    "currency": "^[A-Z]{3}$",
    "amountAwarded": float,
    "amountDisbursed": float,
    "awardDate": DATE,
    "recipientOrganization": [ORGANISATION],
    "beneficiaryLocation": [{"name": str, "countryCode": "^[A-Z]{2}$"}],
    "fundingOrganization": [ORGANISATION],
    "grantProgramme": [{"code": str, "title": str, "description": str, "url": "^https?://[^ ]+$"}],
    "fromOpenCall": "^(Yes|No)$",
    "dateModified": INSTANT,
    "dataSource": "^https?://[^ ]+$",
}
REQUIRED = {
    "id",
    "title",
    "description",
    "currency",
    "amountAwarded",
    "awardDate",
    "recipientOrganization",
    "fundingOrganization",
}


def fits(value, shape, place="grant"):
    """Whether a value has the shape: every named field there, none that the standard does not know."""
    import re

    if isinstance(shape, dict):
        assert set(value) == set(shape), place
        for name, inner in shape.items():
            fits(value[name], inner, f"{place}.{name}")
    elif isinstance(shape, list):
        assert value, place
        for item in value:
            fits(item, shape[0], f"{place}[]")
    elif isinstance(shape, str):
        assert re.search(shape, value), (place, value)
    else:
        assert type(value) is shape, (place, value)


def read(name, client=None, **query):
    """What is sent, as text."""
    answer = (client or Client()).get(reverse(name), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def grants(**query):
    return json.loads(read("awards:open_data_json", **query))["grants"]


@pytest.fixture(autouse=True)
def _own_site(settings):
    from django.core.cache import cache

    settings.SITE_URL = "https://duixian.example"
    cache.clear()


@pytest.fixture
def award(company):
    return make_approved_award(company)


def row(**values):
    defaults = {
        "pk": 7,
        "year": 2026,
        "approved": LATER,
        "changed": LATER,
        "awarded_fen": 600_714,
        "disbursed_fen": 0,
        "recipient_id": 3,
        "recipient": "演示晨星电子有限公司",
        "district": "高新区",
        "unit_code": "gxj",
        "unit": "演示市工业和信息化局",
        "unit_name": "市工信局",
        "clause_id": "3.4.5",
        "clause": "示例",
        "document": "若干政策",
        "document_number": "演府发〔2023〕30号",
        "slug": "demo",
    }
    return OpenAward(**{**defaults, **values})


# What is public --------------------------------------------------------------------------------------------------


def test_only_what_was_approved_after_its_publicity_is_public(company, stranger):
    assert not published().exists()
    award = make_award(company)
    assert not published().exists()
    forward(award, AwardState.PUBLIC)
    assert not published().exists()
    make_candidate(stranger, "3.1.3b")
    assert grants() == []
    with_approval = make_approved_award(make_company(district="东湖区"))
    assert [found.pk for found in published()] == [with_approval.pk]
    for state, paid in ((AwardState.PAYING, None), (AwardState.PAID, LATER)):
        Award.objects.filter(pk=with_approval.pk).update(state=state, paid_at=paid)
        assert [found.pk for found in published()] == [with_approval.pk]


def test_a_returned_award_disappears(award):
    assert len(grants()) == 1
    Award.objects.filter(pk=award.pk).update(
        state=AwardState.RETURNED, returned_at=LATER, returned_by=None, return_reason="测试"
    )
    assert grants() == []
    assert award.account.enterprise.name not in Client().get(reverse(PAGE)).content.decode()


def test_nothing_but_name_clause_amount_and_what_was_paid_is_told(award):
    company = award.account.enterprise
    company.bank_account_number = "6222000011112222333"
    company.save()
    inside = [
        company.uscc,
        company.bank_account_number,
        company.legal_representative,
        company.contact_name,
        company.contact_phone,
        award.application.number,
    ]
    for text in (
        Client().get(reverse(PAGE)).content.decode(),
        read("awards:open_data_csv"),
        read("awards:open_data_json"),
    ):
        assert company.name in text
        assert [word for word in inside if word and word in text] == []


def test_the_last_change_tells_of_what_happened_since(award):
    (before,) = grants()
    later = LATER + timedelta(days=3)
    Award.objects.filter(pk=award.pk).update(state=AwardState.PAID, paid_at=later)
    (after,) = grants()
    assert before["id"] == after["id"]
    assert before["dateModified"] < after["dateModified"]


# The standard ----------------------------------------------------------------------------------------------------


def test_a_package_has_the_shape_of_the_standard(award):
    found = json.loads(read("awards:open_data_json"))
    assert found["version"] == "1.1"
    assert {"title", "description", "publisher", "downloadURL", "accessURL", "modified"} <= set(found)
    (grant,) = found["grants"]
    assert set(GRANT) >= REQUIRED
    fits(grant, GRANT)
    assert round(grant["amountAwarded"] * 100) == award.settled_fen
    assert len(grant["title"]) < 140


def test_without_awards_the_files_are_still_files():
    assert json.loads(read("awards:open_data_json"))["grants"] == []
    assert list(csv.reader(io.StringIO(read("awards:open_data_csv").removeprefix("\ufeff")))) == [list(COLUMNS)]


@pytest.mark.parametrize(
    ("fen", "digits"),
    [(1, "0.01"), (600_714, "6007.14"), (200_000_000, "2000000.00"), (9_007_199_254_740_993, "90071992547409.93")],
)
def test_amounts_are_written_to_the_last_digit(fen, digits):
    text = "".join(package([row(awarded_fen=fen)], clause_url=lambda *_: "x", source="x", address="x", modified=None))
    assert f'"amountAwarded": {digits}' in text
    line = list(table([row(awarded_fen=fen)], clause_url=lambda *_: "x", source="x"))[1]
    assert f",{digits}," in line


@pytest.mark.parametrize(
    "name", ['引号"和\\反斜杠', "换\n行", "𬭎㙍祥喆", "</script>", '", "amountAwarded": 1, "x": "']
)
def test_names_stay_names(name):
    text = "".join(
        package([row(recipient=name)] * 2, clause_url=lambda *_: "x", source="x", address="x", modified=None)
    )
    found = json.loads(text)["grants"]
    assert [grant["recipientOrganization"][0]["name"] for grant in found] == [name, name]
    assert [grant["amountAwarded"] for grant in found] == [6007.14, 6007.14]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1", "\t=1"])
def test_no_cell_is_a_formula(name):
    lines = list(table([row(recipient=name)], clause_url=lambda *_: "x", source="x"))
    assert lines[0].startswith("\ufeffIdentifier,")
    cells = next(csv.reader(io.StringIO(lines[1])))
    assert len(cells) == len(COLUMNS)
    assert cells[COLUMNS.index("Recipient Org:Name")].startswith("'")


def test_the_table_and_the_package_say_the_same(award):
    text = read("awards:open_data_csv")
    (line,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    (grant,) = grants()
    assert line["Identifier"] == grant["id"]
    assert float(line["Amount Awarded"]) == grant["amountAwarded"]
    assert line["Recipient Org:Name"] == grant["recipientOrganization"][0]["name"]
    assert line["Grant Programme:URL"] == grant["grantProgramme"][0]["url"]


# Filters, pages, size --------------------------------------------------------------------------------------------


def test_filters_narrow_page_sums_and_files_alike(award, stranger):
    other = make_approved_award(stranger, "3.4.5")
    enterprise = award.account.enterprise
    queries = (
        {"district": enterprise.district.code},
        {"q": enterprise.name},
        {"q": enterprise.name[:4] + " " + enterprise.name[-2:], "district": enterprise.district.code},
    )
    for query in queries:
        context = Client().get(reverse(PAGE), query).context
        assert [found.pk for found in context["page_obj"]] == [award.pk]
        assert context["totals"].awarded_fen == award.settled_fen
        assert [grant["recipientOrganization"][0]["name"] for grant in grants(**query)] == [enterprise.name]
    both = {"year": award.account.policy_year, "clause": "3.4.5", "unit": award.unit.code}
    assert len(grants(**both)) == 2
    assert Client().get(reverse(PAGE), both).context["totals"].awarded_fen == award.settled_fen + other.settled_fen
    assert grants(clause="3.1.1") == []


def test_two_documents_with_one_number_are_two_entries(award, second_policy):
    other = move(make_approved_award(make_company()), second_policy)
    number = award.application.clause.document.number
    slug = award.application.clause.document.slug
    page = Client().get(reverse(PAGE))
    offered = dict(page.context["filter_form"].fields["clause"].choices)
    assert offered[f"{slug}:3.4.5"].startswith(f"{number} 3.4.5 ")
    assert offered[f"{second_policy.document.slug}:3.4.5"] == "演示府发〔2026〕9号 3.4.5 另一项补助"
    assert "演示府发〔2026〕9号 · " in page.content.decode()
    for entry, pk in ((f"{slug}:3.4.5", award.pk), (f"{second_policy.document.slug}:3.4.5", other.pk)):
        assert [found.pk for found in Client().get(reverse(PAGE), {"clause": entry}).context["page_obj"]] == [pk]
        assert [grant["id"] for grant in grants(clause=entry)] == [f"CN-360100-award-{pk}"]
    told = {grant["id"]: grant["grantProgramme"][0]["description"] for grant in grants()}
    assert told[f"CN-360100-award-{award.pk}"].startswith(number)
    assert told[f"CN-360100-award-{other.pk}"] == "演示府发〔2026〕9号《后续办法》条款3.4.5"


def test_an_address_with_a_bare_number_works_and_says_so_where_it_is_not_exact(award, second_policy):
    make_approved_award(make_company(), "3.3.2")
    page = Client().get(reverse(PAGE), {"clause": "3.3.2"})
    slug = award.application.clause.document.slug
    assert page.context["filter_form"]["clause"].value() == f"{slug}:3.3.2"
    assert (page.context["totals"].count, len(grants(clause="3.3.2"))) == (1, 1)
    assert page.context["filter_form"].told == ""
    other = move(make_approved_award(make_company()), second_policy)
    page = Client().get(reverse(PAGE), {"clause": "3.4.5"})
    assert {found.pk for found in page.context["page_obj"]} == {award.pk, other.pk}
    assert len(grants(clause="3.4.5")) == 2
    assert "2 份文件都有条款 3.4.5，下面列出全部。" in page.content.decode()
    assert page.context["filter_form"]["clause"].value() == "3.4.5"


@pytest.mark.parametrize(
    "query",
    [
        {"year": "1066"},
        {"clause": "x"},
        {"clause": ":3.4.5"},
        {"clause": "nowhere:3.4.5"},
        {"district": "nowhere"},
        {"q": "长" * 61},
        {"q": "\x00"},
    ],
    ids=["year", "clause", "no document", "unknown document", "district", "long", "null"],
)
def test_a_filter_that_makes_no_sense_finds_nothing_and_says_so(award, query):
    for name in (PAGE, "awards:open_data_csv", "awards:open_data_json"):
        answer = Client().get(reverse(name), query)
        assert answer.status_code == 422
        assert award.account.enterprise.name not in answer.content.decode()


def test_a_page_asks_as_often_for_three_awards_as_for_one(award):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            Client().get(reverse(PAGE))
            read("awards:open_data_json")
        return len(queries)

    once = asked()
    for district in ("东湖区", "西湖区"):
        make_approved_award(make_company(district=district))
    assert len(grants()) == 3
    assert asked() == once


def test_rows_are_fetched_in_stretches_and_written_one_by_one(award, monkeypatch):
    monkeypatch.setattr("awards.queries.open_data.CHUNK", 1)
    pieces = package(open_stream(published()), clause_url=lambda *_: "x", source="x", address="x", modified=None)
    assert iter(pieces) is pieces  # a generator: nothing is gathered before it is sent
    assert json.loads("".join(pieces))["grants"]


def test_whoever_fetches_files_without_end_is_asked_to_wait(award, monkeypatch):
    monkeypatch.setattr("awards.views.open_data.FILES_PER_MINUTE", 1)
    monkeypatch.setattr(
        "awards.views.open_data.allow", lambda *args, limit, at, seen=[]: not seen.append(1) and len(seen) <= limit
    )
    assert Client().get(reverse("awards:open_data_csv")).status_code == 200
    answer = Client().get(reverse("awards:open_data_csv"))
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_the_pages_only_answer_questions(award):
    for name in (PAGE, "awards:open_data_csv", "awards:open_data_json"):
        assert Client().post(reverse(name)).status_code == 405
