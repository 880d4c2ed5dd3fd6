"""POST /evaluations answers what the command answers, and tells every fault of a document at once."""

import contextlib
import io
import json

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings

from common.errors import TooLarge
from policies.api import fresh
from policies.api.answers import MAX_FAULTS, Unreadable
from policies.api.evaluations import read_body
from policies.api.examples import example_answer, example_document
from policies.api.schemas import EvaluationAnswer, EvaluationDocument
from policies.rules.corpus import corpus_source
from policies.rules.document import EvaluationFault, evaluate_text
from policies.rules.strict_json import MAX_BYTES
from tests.policies.api.support import EVALUATIONS, anonymous, told
from tests.policies.rules.strategies import documents
from tests.policies.rules.support import STEADY, claim, document, loan
from tests.policies.rules.test_document_faults import BASE, TABLE, changed

pytestmark = pytest.mark.django_db


def command(raw: bytes, tmp_path, capsys) -> str:
    """What `manage.py evaluate` writes for the same text."""
    file = tmp_path / "document.json"
    file.write_bytes(raw)
    out = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("evaluate", str(file), stdout=out)
    return out.getvalue()


# ------------------------------------------------------------------------------------------- the same answer


@pytest.mark.parametrize(
    "doc",
    [
        BASE,
        document(claim("3.1.1"), claim("3.4.4")),
        document(claim("3.1.2", loans=[loan("3.33", "2024-02-29", "2024-07-22")]), sales_ex_tax="0.01"),
        document(claim("3.8.3", introduced=[]), kind="association"),
        document(claim("3.4.2"), rd_staff=99, year=2025),
    ],
)
def test_answer_is_that_of_the_command(loaded, post, tmp_path, capsys, doc):
    raw = json.dumps(doc).encode()
    response = post(raw)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    anonymous(response)
    assert json.loads(response.content) == json.loads(command(raw, tmp_path, capsys))
    assert json.dumps(json.loads(response.content), ensure_ascii=False) == response.content.decode()


@given(documents())
@settings(STEADY, max_examples=40, suppress_health_check=list(HealthCheck))
def test_generated_documents_are_answered_as_by_the_engine(loaded, doc):
    raw = json.dumps(doc).encode()
    response = Client().generic("POST", EVALUATIONS, raw, content_type="application/json")
    try:
        expected, status = evaluate_text(raw, corpus_source), 200
    except EvaluationFault as fault:
        expected, status = fault.as_json(), 422
    assert response.status_code == status
    assert json.loads(response.content) == expected


def test_the_sample_of_the_contract(loaded, post):
    response = post(example_document())
    assert response.json() == example_answer()
    EvaluationDocument.model_validate_json(json.dumps(example_document()))
    EvaluationAnswer.model_validate_json(response.content)


def test_pending_claims_fit_the_description(loaded, post):
    response = post(document(claim("3.1.1"), claim("3.4.4"), claim("3.4.2"), rd_staff=1))
    answer = EvaluationAnswer.model_validate_json(response.content)
    assert [one.status for one in answer.claims] == ["pending", "pending", "not_eligible"]
    assert (answer.claims[1].floor, answer.claims[1].ceiling) == ("1000000.00", "2000000.00")


# ---------------------------------------------------------------------------------------------------- faults


def test_every_fault_of_a_document_is_told_as_by_the_command(loaded, post, tmp_path, capsys):
    """The whole list of bad input, one after another, through HTTP."""
    for path, value, where, _ in TABLE:
        raw = json.dumps(changed(path, value)).encode()
        faults = told(post(raw), 422)
        assert where in {fault["path"] for fault in faults}, (where, faults)
        assert {"errors": faults} == json.loads(command(raw, tmp_path, capsys)), path


@pytest.mark.parametrize(("path", "value"), [(("policy",), "洪府发〔2021〕25号"), (("policy_year",), 2026)])
def test_unknown_policy_or_year(loaded, post, path, value):
    assert [fault["path"] for fault in told(post(changed(path, value)), 422)] == [path[0]]


@pytest.mark.parametrize(("path", "value"), [(("policy",), "洪府发〔2021〕25号"), (("policy_year",), 2026)])
def test_unknown_policy_or_year_hides_no_other_fault(loaded, post, path, value):
    doc = {**changed(path, value), "cap_override": {"lift": False}, "external_awards": [{"amount": 5}]}
    paths = {fault["path"] for fault in told(post(doc), 422)}
    assert {path[0], "cap_override.lift", "external_awards[0].group", "external_awards[0].amount"} <= paths


@pytest.mark.parametrize("number", ["\x00", "\ud800", "x" * 100_000, "%s", "'; DROP TABLE policies_document; --"])
def test_a_policy_number_that_is_none_is_not_echoed_at_length(loaded, post, number):
    response = post(json.dumps(changed(("policy",), number)).encode())
    assert [fault["path"] for fault in told(response, 422)] == ["policy"]
    assert len(response.content) < 500


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        (b"", 422, "空"),
        (b"{", 422, "不是有效的 JSON"),
        (b"[]", 422, "应为对象"),
        (b"null", 422, "应为对象"),
        (b"\xff\xfe{\x00}\x00", 422, "UTF-8"),
        ("{“policy”: 1}".encode(), 422, "不是有效的 JSON"),
        ('{"policy": "洪府发"}'.encode("gbk"), 422, "UTF-8"),
        (b'{"a": 1} {"b": 2}', 422, "不是有效的 JSON"),
        (b"[" * 100_000, 422, "嵌套过深"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 422, "嵌套过深"),
        (b'{"a": "\x01"}', 422, "不是有效的 JSON"),
        (b'{"a": "' + b"x" * MAX_BYTES + b'"}', 413, "最多 4 MB"),
        (b"policy=x&policy_year=2024", 422, "不是有效的 JSON"),
    ],
)
def test_text_that_is_no_document(loaded, post, raw, status, words):
    [fault] = told(post(raw), status)
    assert words in fault["message"]
    assert fault["path"] == ""


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_refused_where_they_stand(loaded, post, number):
    faults = told(post(f'{{"policy_year": {number}, "zzz": 1}}'.encode()), 422)
    messages = {fault["path"]: fault["message"] for fault in faults}
    assert number in messages["policy_year"]
    assert {"policy", "applicant", "claims", "zzz"} <= set(messages)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (
            '"investment": "8000000.00"',
            '"investment": "1.00", "investment": "8000000.00"',
            "claims[1].facts.projects[0]",
        ),
        ('"rd_staff": 100', '"rd_staff": 1e400', "applicant.rd_staff"),
        ('"rd_staff": 100', '"rd_staff": 100.0', "applicant.rd_staff"),
        ('"rd_staff": 100', '"rd_staff": ' + "9" * 5000, "applicant.rd_staff"),
        ('"policy_year": 2024', '"policy_year": 2023, "policy_year": 2024', "policy_year"),
        ('"policy_year": 2024', '"policy_year": 2.024e3', "policy_year"),
    ],
)
def test_json_that_a_lax_reader_would_take(loaded, post, old, new, where):
    text = json.dumps(BASE, ensure_ascii=False)
    assert old in text
    response = post(text.replace(old, new).encode())
    assert any(fault["path"].startswith(where) for fault in told(response, 422))
    assert len(response.content) < 1000


def test_a_document_with_a_byte_order_mark_is_read(loaded, post):
    assert post(b"\xef\xbb\xbf" + json.dumps(BASE).encode()).json() == post(BASE).json()


def test_keys_named_twice_by_the_hundred_thousand(loaded, post):
    """Finding them takes no longer than reading them."""
    keys = b",".join(b'"k%d": 1' % number for number in range(100_000))
    raw = b'{"policy": "a", ' + keys + b', "k0": 2, "policy": 1}'
    faults = told(post(raw), 422)
    assert [fault["path"] for fault in faults[:2]] == ["k0", "policy"]


def test_a_million_faults_are_counted_not_listed(loaded, post):
    doc = {**BASE, **{f"k{number}": 1 for number in range(5000)}}
    faults = told(post(doc), 422)
    assert len(faults) == MAX_FAULTS + 1
    assert faults[-1]["message"].startswith(f"另有 {5000 - MAX_FAULTS} 处错误")


# ---------------------------------------------------------------------------------------------------- HTTP


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_content_types_of_json(loaded, post, content_type):
    assert post(BASE, content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=gbk",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "application/json; charset=base64",
        "application/json-patch+json",
    ],
)
def test_other_content_types(loaded, post, content_type):
    assert "application/json" in told(post(BASE, content_type=content_type), 415)[0]["message"]


def test_compressed_body(loaded, post):
    assert "Content-Encoding" in told(post(BASE, HTTP_CONTENT_ENCODING="gzip"), 415)[0]["message"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_other_methods(client, method):
    response = getattr(client, method)(EVALUATIONS)
    assert response["Allow"] == "OPTIONS, POST"
    assert response.status_code == 405
    if method != "head":
        assert "POST" in told(response, 405)[0]["message"]


def test_options(client):
    response = client.options(EVALUATIONS)
    assert (response.status_code, response["Allow"], response.content) == (204, "OPTIONS, POST", b"")
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/evaluations/", "/api/v1/nothing", "/api/v1/docs"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_addresses_that_do_not_exist(client, method, address):
    assert "没有这个接口地址" in told(getattr(client, method)(address), 404)[0]["message"]


def request(body: io.RawIOBase | io.BytesIO, **environ) -> WSGIRequest:
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": EVALUATIONS,
            "CONTENT_TYPE": "application/json",
            "wsgi.input": body,
            **environ,
        }
    )


IN_PIECES = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_a_body_in_pieces_is_read_to_its_end():
    assert read_body(request(io.BytesIO(b"{}"), **IN_PIECES)) == b"{}"


def test_a_body_in_pieces_without_end_is_cut():
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            assert size > 0
            self.given += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(TooLarge, match="最多 4 MB"):
        read_body(request(stream, **IN_PIECES))
    assert stream.given <= 5 * MAX_BYTES + 64 * 1024 + 1


@pytest.mark.parametrize(
    ("length", "read"),
    [("2", b"{}"), ("1", b"{"), ("500", b"{}"), ("-3", b""), ("abc", b""), ("", b""), ("9" * 5000, b"")],
)
def test_a_length_that_lies_reads_what_is_there(length, read):
    assert read_body(request(io.BytesIO(b"{}"), CONTENT_LENGTH=length)) == read


def test_a_document_that_is_too_large_is_heard_to_its_end_and_refused():
    body = io.BytesIO(b"x" * (2 * MAX_BYTES))
    with pytest.raises(TooLarge, match="最多 4 MB"):
        read_body(request(body, CONTENT_LENGTH=str(2 * MAX_BYTES)))
    assert body.tell() == 2 * MAX_BYTES


@pytest.mark.parametrize("error", [OSError("connection reset"), ValueError("a chunk that is none")])
@pytest.mark.parametrize("environ", [{"CONTENT_LENGTH": "10"}, IN_PIECES])
def test_a_body_that_does_not_arrive(error, environ):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise error

    with pytest.raises(Unreadable, match="没有完整送达"):
        read_body(request(Broken(), **environ))


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [(OperationalError("gone"), 503, "暂时停止服务"), (ValueError("a defect"), 500, "出了故障")],
)
def test_while_the_database_is_away(monkeypatch, error, status, sentence):
    def fail():
        raise error

    monkeypatch.setattr(fresh, "stamp", fail)
    client = Client(raise_request_exception=False)
    response = client.generic("POST", EVALUATIONS, json.dumps(BASE), content_type="application/json")
    assert sentence in told(response, status)[0]["message"]
    assert response.has_header("Retry-After") == (status == 503)
    anonymous(response)


# ------------------------------------------------------------------------------------------- nobody in particular


def test_a_session_a_token_and_a_broken_cookie_change_nothing(loaded, django_user_model, django_assert_num_queries):
    client = Client(enforce_csrf_checks=True)
    client.force_login(django_user_model.objects.create_user("api-person", password="x"))
    client.cookies["csrftoken"] = "broken"
    raw = json.dumps(BASE)
    client.generic("POST", EVALUATIONS, raw, content_type="application/json")
    with django_assert_num_queries(1):  # the stamp; no session, no person
        response = client.generic("POST", EVALUATIONS, raw, content_type="application/json")
    assert response.status_code == 200
    anonymous(response)


def test_the_first_evaluation_reads_the_policy_and_the_next_one_query(loaded, post, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):  # two stamps, ten for the policy
        post(BASE)
    with django_assert_max_num_queries(1):
        post(BASE)
    with django_assert_max_num_queries(12):  # another year is another policy
        post({**BASE, "policy_year": 2023})


def test_bodies_are_not_logged(loaded, post, caplog):
    post(document(claim("3.9.9"), claim("3.4.5", projects=[{"name": "演示密件"}])))
    assert "演示密件" not in caplog.text
