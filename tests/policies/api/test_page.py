"""The page /api/: says how to call, with commands that work, and is found from the library."""

import html
import json
import re

import pytest

from tests.policies.api.support import EVALUATIONS, OPENAPI

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client):
    response = client.get("/api/")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_it_says_what_and_how(shown, settings):
    for words in ("开放接口", "curl", "不需要账号", f"{settings.SITE_URL}/api/v1/evaluations", "Retry-After", OPENAPI):
        assert words in shown


def test_the_document_of_the_example_is_answered_as_shown(loaded, shown, post):
    document = json.loads(re.search(r"<<'JSON'\n(.*?)\nJSON", shown, re.DOTALL)[1])
    response = post(document)
    assert response.status_code == 200
    settled = json.loads(re.search(r'试算答复示例"[^>]*>(.*?)</pre>', shown, re.DOTALL)[1])
    settlement = response.json()["settlement"]
    del settlement["trace"]
    assert settled == {"settlement": settlement}


def test_the_addresses_of_the_example_are_answered(loaded, shown, client, settings):
    for address in re.findall(rf"curl -sS '?{re.escape(settings.SITE_URL)}(/api/v1/[^\s']+)", shown):
        assert client.get(address).status_code == 200, address


def test_limits_are_those_of_the_settings(client, settings):
    settings.API_RATES = {"evaluations": (7, 60), "reads": None}
    text = client.get("/api/").content.decode()
    assert "试算每分钟 7 次" in text
    assert "读取不限" in text


def test_it_is_found(loaded, client):
    for address in ("/", "/policies/"):
        assert 'href="/api/"' in client.get(address).content.decode()


def test_without_the_slash(client):
    assert client.get("/api")["Location"] == "/api/"


def test_it_only_shows(client):
    assert client.post("/api/").status_code == 405
    assert client.post(EVALUATIONS, content_type="application/json").status_code == 422
