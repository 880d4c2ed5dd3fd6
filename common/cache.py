"""A cache that may be gone: people still sign in, file and decide; what is lost is speed and counted attempts."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _or(answer: Any, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, answering `answer` while Redis does not."""

    @wraps(method)
    def forgiving(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except RedisError:
            logger.warning("cache unreachable: %s", method.__name__)
            return answer

    return forgiving


class ForgivingRedisCache(RedisCache):
    """Redis as a cache; while it does not answer, every read is a miss and every write is dropped."""

    # True: what nobody can store nobody else holds, so a lock taken by `add` must not be waited for.
    add = _or(True, RedisCache.add)
    set = _or(None, RedisCache.set)
    touch = _or(False, RedisCache.touch)
    # What nobody can count was never counted.
    incr = _or(0, RedisCache.incr)
    delete = _or(False, RedisCache.delete)
    has_key = _or(False, RedisCache.has_key)
    clear = _or(False, RedisCache.clear)
    set_many = _or([], RedisCache.set_many)
    delete_many = _or(None, RedisCache.delete_many)
    _get_many = _or({}, RedisCache.get_many)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """As Redis; the given default while it is gone."""
        return _or(default, RedisCache.get)(self, key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        """As Redis; nothing found while it is gone."""
        return dict(self._get_many(keys, version))
