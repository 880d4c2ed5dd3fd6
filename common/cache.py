"""A cache that may be gone: people still sign in, file and decide; what is lost is speed and counted attempts."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Redis as a cache; while it does not answer, every read is a miss and every write is dropped."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError:
            logger.warning("cache unreachable: get")
            return default

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        # True: nobody else can hold what nobody can store; a lock taken this way must not be waited for.
        try:
            return super().add(key, value, *args, **kwargs)
        except RedisError:
            logger.warning("cache unreachable: add")
            return True

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(key, value, *args, **kwargs)
        except RedisError:
            logger.warning("cache unreachable: set")

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except RedisError:
            logger.warning("cache unreachable: delete")
            return False
