"""The cache while Redis is gone, and while it is there."""

import pytest
from django.core.cache import caches

GONE = {
    "BACKEND": "common.cache.ForgivingRedisCache",
    "LOCATION": "redis://127.0.0.1:1/0",
    "OPTIONS": {"socket_connect_timeout": 0.2},
}


@pytest.fixture
def gone(settings):
    settings.CACHES = {"default": GONE}
    return caches["default"]


def test_reads_miss_and_writes_are_dropped(gone):
    assert gone.set("a", 1) is None
    assert gone.get("a") is None
    assert gone.get("a", "default") == "default"
    assert gone.get_many(["a"]) == {}
    assert gone.set_many({"a": 1}) == []
    assert gone.delete("a") is False
    assert gone.has_key("a") is False
    assert gone.touch("a") is False


def test_a_lock_is_not_waited_for(gone):
    assert gone.add("lock", True) is True


def test_asking_twice_computes_twice(gone):
    answers = iter([1, 2])
    assert [gone.get_or_set("a", lambda: next(answers)) for _ in range(2)] == [1, 2]


def test_with_redis_it_is_an_ordinary_cache(settings):
    settings.CACHES = {"default": {**GONE, "LOCATION": settings.CELERY_BROKER_URL, "KEY_PREFIX": "cache-test"}}
    cache = caches["default"]
    cache.set("a", {"b": 1}, timeout=60)
    assert cache.get("a") == {"b": 1}
    assert cache.get_many(["a", "c"]) == {"a": {"b": 1}}
    assert cache.add("a", 2) is False
    assert cache.delete("a") is True
    assert cache.get("a") is None
