"""The description of the interface is complete, its references resolve, and its examples are what really happens."""

import json
import re

import pytest

from policies.api.engine_words import KEYS, MODELS
from policies.api.schemas import EvaluationAnswer, EvaluationDocument, Refusal, SettlementAnswer
from tests.policies.api.support import CLAUSES, EVALUATIONS, OPENAPI, POLICIES
from tests.policies.rules.support import claim, document

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(client):
    response = client.get(OPENAPI)
    assert response.status_code == 200
    return response.json()


def walk(value, path=""):
    """Every object inside a JSON value with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from walk(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, f"{path}/{number}")


def test_it_describes_every_address(described):
    assert described["openapi"].startswith("3.1")
    assert {path: set(methods) for path, methods in described["paths"].items()} == {
        EVALUATIONS: {"post"},
        POLICIES: {"get"},
        CLAUSES: {"get"},
        f"{CLAUSES}/{{clause_id}}": {"get"},
    }
    assert described["info"]["title"]
    assert described["info"]["version"]


def test_references_resolve_and_nothing_is_left_over(described):
    schemas = described["components"]["schemas"]
    used = set()
    for path, value in walk(described):
        reference = value.get("$ref")
        if isinstance(reference, str):
            used.add(reference.removeprefix("#/components/schemas/"))
            assert reference.removeprefix("#/components/schemas/") in schemas, path
        mapping = value.get("mapping") if value.get("propertyName") else None
        for target in (mapping or {}).values():
            assert target.removeprefix("#/components/schemas/") in schemas, path
        assert "$defs" not in value, path
    assert used == set(schemas)


def test_operations_are_whole(described):
    names = []
    for path, methods in described["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["description"]
            assert {"200", "429", "503"} <= set(operation["responses"])
            for response in operation["responses"].values():
                assert response["description"]
            assert "Retry-After" in operation["responses"]["429"]["headers"]
            declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))
            for parameter in operation["parameters"]:
                assert parameter["in"] in {"path", "query"}
                assert parameter["description"]
                assert parameter["schema"]["type"] in {"string", "integer"}
                assert parameter["required"] == (parameter["in"] == "path")
    assert len(names) == len(set(names))
    for path in (CLAUSES, POLICIES):
        assert {"ETag", "Cache-Control"} <= set(described["paths"][path]["get"]["responses"]["200"]["headers"])


def test_schemas_are_json_schema(described):
    types = {"string", "integer", "boolean", "array", "object", "null"}
    for path, value in walk(described["components"]["schemas"]):
        if isinstance(value.get("type"), str) and not path.endswith(("/properties", "/default")):
            assert value["type"] in types, path
        if isinstance(value.get("required"), list):
            assert set(value["required"]) <= set(value["properties"]), path
        if isinstance(value.get("pattern"), str):
            re.compile(value["pattern"])
    assert "number" not in {value.get("type") for _, value in walk(described) if isinstance(value.get("type"), str)}


CHINESE = re.compile("[\u4e00-\u9fff]")


def test_everything_is_described_in_chinese(described):
    for path, value in walk(described):
        if "/example" in path or path.endswith("/properties"):
            continue
        for key in ("description", "summary"):
            if isinstance(value.get(key), str):
                assert CHINESE.search(value[key]), (path, value[key])
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("description"), name
        for key, value in schema.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, (name, key)


def test_words_are_kept_for_what_is_there_alone(described):
    """A class or key of the engine that goes away leaves no words behind."""
    schemas = described["components"]["schemas"]
    assert set(MODELS) <= set(schemas)
    keys = {key for schema in schemas.values() for key in schema.get("properties", {})}
    assert set(KEYS) <= keys


def test_amounts_of_any_size_fit_the_description(loaded, post):
    largest = "99999999999999.99"
    claims = [claim(clause, largest) for clause in ("3.1.1", "3.1.3c")]
    claims[1]["facts"] = {"equity_raised": "1.00"}
    claims[1]["decision"]["amount"] = "1000000.00"
    doc = document(*claims, newly_introduced=True)
    EvaluationAnswer.model_validate_json(post(doc).content)
    pattern = described_pattern()
    assert re.fullmatch(pattern, f"{200 * 99_999_999_999_999}.00")
    assert not re.fullmatch(pattern, "1")


def described_pattern():
    total = SettlementAnswer.model_json_schema()["properties"]["total"]
    return total["pattern"]


def test_money_is_never_a_number(described):
    """No schema of the document or its answer takes a fraction of binary digits."""
    amount = described["components"]["schemas"]["Decision"]["properties"]["amount"]
    assert amount["type"] == "string"


def test_every_example_really_happens(loaded, described, post):
    operation = described["paths"][EVALUATIONS]["post"]
    sent = operation["requestBody"]["content"]["application/json"]["examples"]
    answered = {
        name: (int(status), example["value"])
        for status, response in operation["responses"].items()
        for name, example in response["content"]["application/json"].get("examples", {}).items()
    }
    assert set(sent) == set(answered) == {"correct", "faulty"}
    for name, example in sent.items():
        response = post(example["value"])
        assert (response.status_code, response.json()) == answered[name]
    EvaluationDocument.model_validate_json(json.dumps(sent["correct"]["value"]))
    EvaluationAnswer.model_validate_json(json.dumps(answered["correct"][1]))
    Refusal.model_validate_json(json.dumps(answered["faulty"][1]))


def test_examples_of_parameters_are_answered(loaded, described, client):
    for path, methods in described["paths"].items():
        for parameter in methods.get("get", {"parameters": []})["parameters"]:
            value = parameter.get("example", parameter["schema"].get("example"))
            assert value is not None, parameter
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(value))
            else:
                assert client.get(CLAUSES, {parameter["name"]: value}).status_code == 200
        if "get" in methods:
            assert client.get(path).status_code == 200


def test_the_description_is_made_once(client, described, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(OPENAPI).json() == described
