"""Whether two states of a clause differ in words alone."""

import copy
import datetime as dt
from dataclasses import replace

import pytest

from policies.drafts import ClauseContent
from policies.queries.comparison import is_wording_only
from tests.factories.policies import clause_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def content(loaded):
    """3.4.5 as it is in force."""
    return ClauseContent.of(clause_of("3.4.5").versions.get())


def with_change(content, change):
    definition = copy.deepcopy(content.definition)
    change(definition)
    return replace(content, definition=definition)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.update(title="智慧工厂补助"), id="title"),
        pytest.param(lambda d: d["facts"][0].update(label="项目一览"), id="label"),
        pytest.param(lambda d: d["facts"][0].update(help="每个项目一行。"), id="help"),
        pytest.param(lambda d: d["facts"][0]["columns"][0].update(label="名称"), id="column"),
        pytest.param(lambda d: d["award"]["row_cap"].update(quote="不超过500万元", literal="500万"), id="quote"),
        pytest.param(lambda d: d["facts"][0].update(nullable=False), id="a default written out"),
    ],
)
def test_titles_labels_help_and_quotations_are_words(content, change):
    assert is_wording_only(content, with_change(content, change))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d["award"]["row_cap"].update(value="6000000.00"), id="number"),
        pytest.param(lambda d: d["award"].update(row_cap=None), id="a limit less"),
        pytest.param(lambda d: d["facts"][0].update(max_rows=5), id="bound"),
        pytest.param(lambda d: d["facts"][0]["columns"][0].update(key="called"), id="key"),
        pytest.param(lambda d: d["facts"][0]["columns"].pop(), id="a column less"),
        pytest.param(lambda d: d.update(competitive=True), id="competitive"),
        pytest.param(lambda d: d.update(exempt={"quote": "不计入"}), id="outside the cap"),
        pytest.param(lambda d: d.pop("award"), id="no award"),
    ],
)
def test_numbers_facts_and_blocks_are_substance(content, change):
    assert not is_wording_only(content, with_change(content, change))


def test_the_sentence_is_words_units_documents_and_the_last_day_are_not(content):
    assert is_wording_only(content, replace(content, quote=content.quote.replace("，", ",")))
    assert is_wording_only(content, replace(content, bracket=content.bracket.replace("；", "； ")))
    assert is_wording_only(content, replace(content, valid_from=dt.date(2025, 1, 1)))
    assert not is_wording_only(content, replace(content, bracket="[牵头单位：市商务局]"))
    assert not is_wording_only(content, replace(content, valid_to=dt.date(2024, 12, 31)))
    evidence = copy.deepcopy(content.evidence)
    evidence[0]["label"] = "合同"
    assert is_wording_only(content, replace(content, evidence=evidence))
    evidence[0]["required"] = not evidence[0]["required"]
    assert not is_wording_only(content, replace(content, evidence=evidence))
    assert not is_wording_only(content, replace(content, evidence=content.evidence[:-1]))


def test_a_definition_that_is_not_valid_is_compared_as_it_stands(content):
    broken = with_change(content, lambda d: d["award"].update(kind="nonsense"))
    assert is_wording_only(broken, with_change(broken, lambda d: d.update(title="甲")))
    assert not is_wording_only(broken, content)
    torn = replace(content, bracket="[牵头单位")
    assert is_wording_only(torn, torn)
    assert not is_wording_only(torn, replace(content, bracket="[牵头单位："))
