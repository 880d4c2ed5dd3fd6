"""修改后再模拟: an earlier question comes back whole, in the fields or as the document that it was."""

import html
import json
import re

import pytest

from awards.actions import start_simulation
from awards.forms import carried_form
from awards.models import Simulation
from policies.rules.change import adjustable
from tests.awards.simulation.conftest import LOWER, SmallYear
from tests.awards.simulation.test_pages import NEW, choice, field, signed_in
from tests.factories.applications import AT, YEAR
from tests.policies.rules.changes import draft, drafted
from tests.policies.rules.support import policy
from tests.policies.rules.test_change import change_of, other

ONLY_A_DOCUMENT = "只能以文件修改"


def earlier(small_year: SmallYear, administrator, change, **options) -> Simulation:
    return start_simulation(
        document=small_year.document, policy_year=YEAR, change=change, by=administrator, at=AT, **options
    )


def fields_sent(page: str) -> dict[str, list[str]]:
    """What a browser sends when the form of fields is submitted as it was opened."""
    form = page[page.index('name="mode" value="fields"') : page.index('id="by-document"')]
    sent: dict[str, list[str]] = {"mode": ["fields"]}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if attributes.get("type") != "checkbox" or re.search(r"\schecked", tag):
            sent.setdefault(attributes["name"], []).append(attributes.get("value", "on" if "checkbox" in tag else ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        if found := re.search(r'value="([^"]*)" selected', options):
            sent[name] = [html.unescape(found[1])]
    return sent


CARRIED = [
    LOWER,
    {
        "note": "多处",
        "clauses": {
            "3.4.2": {"conditions[0].value": "1500000000.00", "conditions[1]": None, "cap.amount": None},
            "3.1.1": {"exempt": False},
        },
        "total_cap": {"rate": "3.5%"},
        "settings": {"day_count": 365, "loan_cap": False},
    },
    {"total_cap": None, "groups": {"研发投入": None}},
    {"groups": {"研发投入": ["3.3.1", "3.4.2"], "上市": ["3.1.3a", "3.1.3b"]}},
]


@pytest.mark.parametrize("change", CARRIED, ids=["a rate", "many", "taken away", "a new group"])
@pytest.mark.parametrize("include_refused", [True, False])
def test_submitted_as_it_opens_it_is_the_same_question(small_year, administrator, change, include_refused):
    simulation = earlier(small_year, administrator, change, include_refused=include_refused)
    client = signed_in(administrator)
    page = client.get(NEW, {"from": simulation.pk}).content.decode()
    assert ONLY_A_DOCUMENT not in page
    answer = client.post(NEW, fields_sent(page))
    assert answer.status_code == 302, re.findall(r"<li>.*</li>", answer.content.decode())[:20]
    again = Simulation.objects.exclude(pk=simulation.pk).get()
    assert again.change == change
    assert (again.include_refused, again.policy_year) == (include_refused, YEAR)
    assert again.document == simulation.document


def whole_definition():
    definition = draft("3.4.2")
    definition["award"]["rate"] |= {"value": "12%", "literal": "12%", "quote": "（模拟假设，原文没有此数）"}
    return drafted(definition) | {"note": "整个条款"}


@pytest.mark.parametrize(
    "change",
    [
        whole_definition(),
        {"groups": {"甲": ["3.1.3a", "3.1.3b"], "乙": ["3.1.3c", "3.1.3d"]}},
        {"clauses": {"3.4.2": {"quota": None, "award.rate": "12%"}, "3.4.4": {"quota": None}}},
    ],
    ids=["a definition", "two new groups", "a whole part by its other name"],
)
def test_what_the_fields_cannot_show_opens_as_the_document(small_year: SmallYear, administrator, change):
    simulation = earlier(small_year, administrator, change, include_refused=True)
    client = signed_in(administrator)
    page = client.get(NEW, {"from": simulation.pk}).content.decode()
    assert ONLY_A_DOCUMENT in page
    assert 'value="fields"' not in page
    box = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])
    assert json.loads(box) == change
    assert re.search(r'id="id_document_include_refused" checked', page)
    values = {"mode": "document", "choice": choice(small_year), "only_document": "1", "include_refused": "on"}
    faulty = client.post(NEW, values | {"text": "{"})
    assert faulty.status_code == 422
    assert 'value="fields"' not in faulty.content.decode()
    assert client.post(NEW, values | {"text": box}).status_code == 302
    again = Simulation.objects.exclude(pk=simulation.pk).get()
    assert (again.change, again.include_refused) == (change, True)


def test_another_year_keeps_the_change(small_year: SmallYear, administrator):
    simulation = earlier(small_year, administrator, LOWER)
    page = signed_in(administrator).get(NEW, {"from": simulation.pk, "choice": choice(small_year, YEAR + 1)})
    assert f'name="{field("3.4.5", "award.each.rate")}" value="40%"' in page.content.decode()
    assert f'type="hidden" name="from" value="{simulation.pk}"' in page.content.decode()


def test_every_place_can_be_carried_over_in_the_fields():
    """No place of the policy is one that the fields would drop."""
    places = adjustable(policy())
    titles = {clause.id: clause.title for clause in policy().clauses}
    for place in places:
        change = change_of(place.section, place.key, other(place))
        assert carried_form(places, titles, change) is not None, place
