"""One address may ask so often; the cache that counts may be gone; nobody poses as another address."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from nanchang_ei.settings.base import rate
from policies.api.throttle import client_of
from tests.policies.api.support import CLAUSES, EVALUATIONS, OPENAPI, POLICIES, told
from tests.policies.rules.test_document_faults import BASE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings, time_machine):
    settings.API_RATES = {"evaluations": (2, 60), "reads": (3, 60)}
    settings.NINJA_NUM_PROXIES = 0
    time_machine.move_to("2026-03-02T09:00:10+00:00", tick=False)


def ask(address="198.51.100.7", **headers):
    return Client(REMOTE_ADDR=address, **headers).generic(
        "POST", EVALUATIONS, json.dumps(BASE), content_type="application/json"
    )


def test_the_third_evaluation_of_a_minute_waits_for_the_next(loaded, time_machine):
    assert [ask().status_code for _ in range(2)] == [200, 200]
    response = ask()
    [fault] = told(response, 429)
    assert response["Retry-After"] == "50"
    assert fault == {"path": "", "message": "请求过于频繁，请在 50 秒后再试。"}
    time_machine.move_to("2026-03-02T09:00:59.500+00:00", tick=False)
    assert ask()["Retry-After"] == "1"
    time_machine.move_to("2026-03-02T09:01:00+00:00", tick=False)
    assert ask().status_code == 200


def test_faulty_documents_count(loaded):
    for _ in range(2):
        response = Client().generic("POST", EVALUATIONS, b"{", content_type="application/json")
        told(response, 422)
    told(Client().generic("POST", EVALUATIONS, b"{", content_type="application/json"), 429)


def test_reading_has_a_rate_of_its_own(loaded):
    client = Client(REMOTE_ADDR="198.51.100.7")
    ask()
    ask()
    assert [client.get(address).status_code for address in (POLICIES, CLAUSES, OPENAPI)] == [200, 200, 200]
    response = client.get(f"{CLAUSES}/3.4.5")
    told(response, 429)
    assert response["Retry-After"] == "50"
    assert client.head(POLICIES).status_code == 429


def test_addresses_are_counted_apart(loaded):
    assert [ask("198.51.100.7").status_code for _ in range(3)] == [200, 200, 429]
    assert ask("198.51.100.8").status_code == 200


def test_a_network_of_ipv6_is_one_client(loaded):
    assert [ask(f"2001:db8::{number}").status_code for number in (1, 2, 3)] == [200, 200, 429]
    assert ask("2001:db8:0:1::1").status_code == 200


def test_a_claimed_address_counts_for_nothing(loaded):
    codes = [ask(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code for number in range(3)]
    assert codes == [200, 200, 429]


def test_behind_the_proxy_its_word_counts_and_only_its(loaded, settings):
    settings.NINJA_NUM_PROXIES = 1
    for client, claimed in (("203.0.113.1", ""), ("203.0.113.1", "192.0.2.9, ")):
        assert ask("10.0.0.2", HTTP_X_FORWARDED_FOR=claimed + client).status_code == 200
    assert ask("10.0.0.2", HTTP_X_FORWARDED_FOR="192.0.2.10, 203.0.113.1").status_code == 429
    assert ask("10.0.0.2", HTTP_X_FORWARDED_FOR="203.0.113.2").status_code == 200


def test_while_the_cache_is_gone_everybody_is_served(loaded, settings):
    settings.CACHES = {"default": {"BACKEND": "common.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    assert [ask().status_code for _ in range(4)] == [200] * 4


def test_a_cache_that_goes_between_two_steps_refuses_nobody(loaded, settings, monkeypatch):
    from common.cache import ForgivingRedisCache

    settings.CACHES = {"default": {"BACKEND": "common.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    monkeypatch.setattr(ForgivingRedisCache, "add", lambda self, *args, **kwargs: False)
    assert [ask().status_code for _ in range(4)] == [200] * 4


def test_a_count_that_expires_between_two_steps_refuses_nobody(loaded, monkeypatch):
    from django.core.cache.backends.locmem import LocMemCache

    monkeypatch.setattr(LocMemCache, "add", lambda self, *args, **kwargs: False)
    assert ask().status_code == 200


def test_options_and_unknown_addresses_are_not_counted(loaded):
    client = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(4):
        assert client.options(EVALUATIONS).status_code == 204
        told(client.get("/api/v1/nothing"), 404)
    assert ask().status_code == 200


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
        (None, "unknown"),
        ("x" * 5000, "unknown"),
    ],
)
def test_whom_an_address_stands_for(address, client):
    assert client_of(address) == client


@pytest.mark.parametrize(
    ("text", "expected"), [("120/m", (120, 60)), ("1/s", (1, 1)), ("5000/h", (5000, 3600)), ("off", None)]
)
def test_rates(text, expected):
    assert rate("API_RATE_READS", text) == expected


@pytest.mark.parametrize("text", ["120", "0/m", "-1/m", "1.5/m", "120/min", "120/d", "", "on"])
def test_rates_that_are_none(text):
    with pytest.raises(ImproperlyConfigured, match="API_RATE_READS"):
        rate("API_RATE_READS", text)
