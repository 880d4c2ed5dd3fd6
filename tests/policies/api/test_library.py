"""GET /policies and /clauses: the published policy as data, for everybody and for caches."""

import datetime as dt
import json

import pytest

from policies.api.library_schemas import ClausesTold, OneClauseTold, PoliciesTold
from policies.explain import explain
from policies.models import Clause, ClauseVersion, Document, UnitGroup
from policies.rules.corpus import corpus_policies
from tests.factories.policies import AT, NUMBER, clause_of
from tests.policies.api.support import CLAUSES, POLICIES, anonymous, told
from tests.policies.test_versions import copy_of

pytestmark = pytest.mark.django_db


def clause(client, clause_id, **query):
    return client.get(f"{CLAUSES}/{clause_id}", query).json()["clause"]


# ------------------------------------------------------------------------------------------------- policies


def test_policies(loaded, client, settings):
    response = client.get(POLICIES)
    assert response.status_code == 200
    PoliciesTold.model_validate_json(response.content)
    anonymous(response)
    assert response.json()["policies"] == [
        {
            "number": NUMBER,
            "title": loaded.title,
            "issuer": loaded.issuer,
            "issued_on": loaded.issued_on.isoformat(),
            "valid_from": "2023-10-10",
            "valid_to": "2025-12-31",
            "replaces": "洪府发〔2021〕25号",
            "policy_years": [2023, 2024, 2025],
            "clauses": 28,
            "monetary_clauses": 18,
            "source_sha256": loaded.source_sha256,
            "url": f"{settings.SITE_URL}/policies/hongfufa-2023-30/",
        }
    ]
    assert client.get(response.json()["policies"][0]["url"].removeprefix(settings.SITE_URL)).status_code == 200


def test_without_policies(client, monkeypatch):
    for module in ("library", "library_data"):
        monkeypatch.setattr(f"policies.api.{module}.policies_told", list)
    assert client.get(POLICIES).json() == {"policies": []}
    assert "还没有" in told(client.get(CLAUSES), 404)[0]["message"]


# -------------------------------------------------------------------------------------------------- clauses


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_clauses_of_a_year(loaded, client, year):
    response = client.get(CLAUSES, {"policy": NUMBER, "policy_year": year})
    assert response.status_code == 200
    ClausesTold.model_validate_json(response.content)
    anonymous(response)
    body = response.json()
    assert body["policy_year"] == year
    assert [one["id"] for one in body["clauses"]] == [one.clause_id for one in loaded.clauses.order_by("order")]
    assert sum(one["monetary"] for one in body["clauses"]) == 18


def test_rules_are_those_that_the_engine_runs(loaded, client):
    """The data read from here make the very definition that the corpus ships."""
    body = client.get(CLAUSES).json()
    corpus = corpus_policies()[NUMBER].model_dump(mode="json")
    for key in ("year_facts", "groups", "total_cap", "series"):
        assert body[key] == corpus[key]
    shipped = {one["id"]: one for one in corpus["clauses"]}
    for one in body["clauses"]:
        if one["monetary"]:
            names = ("title", "sentence", "facts", "conditions", "award", "cap", "exempt", "quota", "competitive")
            assert {name: one[name] for name in names} == {name: shipped[one["id"]][name] for name in names}
    for key in ("number", "title", "issuer", "issued_on", "valid_from", "valid_to", "replaces", "source_sha256"):
        assert body["policy"][key] == corpus[key]


def test_newest_year_and_only_policy_are_the_default(loaded, client):
    assert client.get(CLAUSES).content == client.get(CLAUSES, {"policy": NUMBER, "policy_year": 2025}).content


def test_one_clause(loaded, client, settings):
    response = client.get(f"{CLAUSES}/3.1.2", {"policy_year": 2024})
    OneClauseTold.model_validate_json(response.content)
    one = response.json()["clause"]
    version = clause_of("3.1.2").versions.get()
    assert one == next(
        item for item in client.get(CLAUSES, {"policy_year": 2024}).json()["clauses"] if item["id"] == "3.1.2"
    )
    assert one["sentence"] == version.quote
    assert one["version"] == {
        "number": 1,
        "valid_from": "2023-10-10",
        "valid_to": "2025-12-31",
        "definition_sha256": version.definition_sha256,
        "source_sha256": loaded.source_sha256,
    }
    loans = one["facts"][0]
    assert (loans["key"], loans["type"]) == ("loans", "table")
    assert {column["key"] for column in loans["columns"]} >= {"principal", "drawn_on", "repaid_on", "interest_paid"}
    assert one["award"]["kind"] == "loan_interest"
    assert client.get(one["url"].removeprefix(settings.SITE_URL)).status_code == 200


def test_units_stand_in_printed_order_with_their_groups(loaded, client):
    units = clause(client, "3.2.3")["units"]
    assert [unit["name"] for unit in units["lead"]] == ["市商务局", "市工信局"]
    assert [unit["name"] for unit in units["cooperating"]] == ["市财政局", "市税务局"]
    [group] = units["responsible"]
    assert (group["kind"], group["name"], group["resolution"]) == ("group", "各县区（开发区、湾里管理局）", "district")
    assert set(group["members"]) == {unit.name for unit in UnitGroup.objects.get(code="R-full").members.all()}
    assert "湾里管理局" in group["members"]
    assert "湾里管理局" not in clause(client, "3.7.1")["units"]["responsible"][0]["members"]
    assert clause(client, "3.8.1")["units"]["cooperating"][-1]["resolution"] == "chosen_by_lead"
    assert clause(client, "3.4.5")["units"]["cooperating"] == []
    assert clause(client, "3.2.1")["units"]["lead"][0]["kind"] == "group"


def test_a_rule_in_plain_words_with_its_quotations(loaded, client):
    corpus = corpus_policies()[NUMBER]
    labels = {fact.key: fact.label for fact in corpus.year_facts}
    for rule in corpus.clauses:
        words = clause(client, rule.id)["explanation"]
        expected = explain(rule, labels)
        for part in ("conditions", "amount", "limits"):
            assert [(line["text"], line["quote"]) for line in words[part]] == [
                (line.text, line.quote) for line in getattr(expected, part)
            ]


def test_a_clause_that_pays_nothing(loaded, client):
    one = clause(client, "3.4.3")
    assert (one["monetary"], one["award"], one["facts"], one["explanation"]) == (False, None, [], None)
    assert one["quota"]["target"]["value"] == 20


def test_open_points_say_whether_they_are_confirmed(loaded, client):
    settings = {row["key"]: row for row in client.get(CLAUSES).json()["settings"]}
    assert settings["day_count"]["value"] == 360
    assert settings["day_count"]["words"] == "一年按360天"
    assert settings["day_count"]["confirmed"] is False
    assert all(row["reason"] for row in settings.values())


def test_evidence(loaded, client):
    evidence = {item["key"]: item for item in clause(client, "3.4.5")["evidence"]}
    assert evidence["audit_report"]["scope"] == "year"
    assert evidence["acceptance"] == {
        "key": "acceptance", "label": "验收意见", "help": "", "scope": "own", "required": True, "common": False,
    }  # fmt: skip


def test_drafts_are_never_shown(loaded, client):
    first = clause_of("3.4.5").versions.get()
    copy_of(first, 2, dt.date(2024, 1, 1), dt.date(2025, 12, 31), quote="草稿密文").save()
    lonely = Clause.objects.create(
        document=loaded, clause_id="9.9", title="草稿条款", order=99, node=first.clause.node, is_monetary=True
    )
    draft = copy_of(first, 1, dt.date(2024, 1, 1), dt.date(2025, 12, 31), clause=lonely, quote="草稿密文")
    draft.save()
    other = Document.objects.get(number="洪工信提字〔2024〕13号")
    ClauseVersion.objects.filter(pk=draft.pk).update(clause=Clause.objects.create(
        document=other, clause_id="1", title="草稿条款", order=1, node=first.clause.node, is_monetary=True
    ))  # fmt: skip
    for address in (POLICIES, CLAUSES, f"{CLAUSES}?policy_year=2024", f"{CLAUSES}/3.4.5"):
        response = client.get(address)
        assert response.status_code == 200
        assert "草稿" not in response.content.decode()
    told(client.get(f"{CLAUSES}/9.9"), 404)
    told(client.get(CLAUSES, {"policy": other.number}), 404)
    assert [policy["clauses"] for policy in client.get(POLICIES).json()["policies"]] == [28]


# --------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("query", "status", "path", "words"),
    [
        ({"policy": "洪府发〔2021〕25号"}, 404, "policy", NUMBER),
        ({"policy": ""}, 404, "policy", NUMBER),
        ({"policy": "\x00"}, 404, "policy", NUMBER),
        ({"policy": "x" * 5000}, 404, "policy", NUMBER),
        ({"policy_year": "2022"}, 404, "policy_year", "2023、2024、2025"),
        ({"policy_year": "2026"}, 404, "policy_year", "2023、2024、2025"),
        ({"policy_year": "0000"}, 404, "policy_year", "2023、2024、2025"),
        ({"policy_year": ""}, 422, "policy_year", "四位年份"),
        ({"policy_year": "24"}, 422, "policy_year", "四位年份"),
        ({"policy_year": "2024.0"}, 422, "policy_year", "四位年份"),
        ({"policy_year": "２０２４"}, 422, "policy_year", "四位年份"),
        ({"policy_year": "9" * 5000}, 422, "policy_year", "四位年份"),
        ({"policy_year": "abcd"}, 422, "policy_year", "四位年份"),
    ],
)
@pytest.mark.parametrize("address", [CLAUSES, f"{CLAUSES}/3.4.5"])
def test_what_there_is_not(loaded, client, address, query, status, path, words):
    response = client.get(address, query)
    [fault] = told(response, status)
    assert fault["path"] == path
    assert words in fault["message"]
    assert len(response.content) < 500


@pytest.mark.parametrize("clause_id", ["9.9", "3.4.5x", "%00", "%F0%9F%92%A9", "x" * 2000])
def test_a_clause_that_does_not_exist(loaded, client, clause_id):
    [fault] = told(client.get(f"{CLAUSES}/{clause_id}"), 404)
    assert fault["path"] == "clause_id"
    assert "3.4.5" in fault["message"]
    assert len(fault["message"]) < 400


def test_several_policies_must_be_named(loaded, client):
    other = Document.objects.get(number="洪工信提字〔2024〕13号")
    first = clause_of("3.4.5").versions.get()
    clause = Clause.objects.create(
        document=other, clause_id="1", title="演示", order=1, node=first.clause.node, is_monetary=False
    )
    copy_of(
        first,
        1,
        dt.date(2024, 1, 1),
        None,
        clause=clause,
        state="published",
        published_at=AT,
    ).save()
    [fault] = told(client.get(CLAUSES), 422)
    assert fault["path"] == "policy"
    assert other.number in fault["message"]
    assert NUMBER in fault["message"]
    assert client.get(CLAUSES, {"policy": NUMBER}).status_code == 200
    [fault] = told(client.get(CLAUSES, {"policy": other.number}), 404)
    assert "任何政策年度" in fault["message"]


# --------------------------------------------------------------------------------------------------- caches


@pytest.mark.parametrize("address", [POLICIES, CLAUSES, f"{CLAUSES}/3.4.5", "/api/v1/openapi.json"])
def test_conditional_requests(loaded, client, address):
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=60"
    again = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    anonymous(again)
    assert client.get(address, HTTP_IF_NONE_MATCH='"other"').status_code == 200
    assert client.get(address, HTTP_IF_MATCH='"other"').status_code == 200
    head = client.head(address)
    assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b"")
    assert client.options(address)["Allow"] == "GET, HEAD, OPTIONS"
    assert "GET" in told(client.post(address), 405)[0]["message"]


def test_a_change_makes_another_etag(loaded, client):
    before = client.get(CLAUSES)["ETag"]
    Document.objects.filter(pk=loaded.pk).update(issuer="演示机关")
    response = client.get(CLAUSES, HTTP_IF_NONE_MATCH=before)
    assert response.status_code == 200
    assert response.json()["policy"]["issuer"] == "演示机关"


def test_signed_in_people_get_what_everybody_gets(loaded, client, django_user_model):
    before = client.get(CLAUSES)
    client.force_login(django_user_model.objects.create_user("api-reader", password="x"))
    response = client.get(CLAUSES)
    anonymous(response)
    assert response.content == before.content
    assert response["Cache-Control"] == before["Cache-Control"]


def test_queries(loaded, client, django_assert_num_queries, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):  # three years of the policy are compiled once
        client.get(CLAUSES)
    for address, queries in ((POLICIES, 1), (CLAUSES, 2), (f"{CLAUSES}/3.4.5", 2), ("/api/v1/openapi.json", 0)):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


def test_no_more_is_said_than_is_public(loaded, client):
    body = json.dumps(client.get(CLAUSES).json(), ensure_ascii=False)
    for word in ("confirmed_by", "published_by", "password", "letter_prefix"):
        assert word not in body
