"""The cache on Redis. While Redis is gone it is empty: pages open and save, and nobody is counted.

It holds only what can be counted again: badges, how often somebody asked, when a worker last gave a sign of life.
"""

from contextlib import suppress
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


class ForgetfulCache(RedisCache):
    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError:
            return default

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Whether the key was free; while Redis is gone every key is."""
        try:
            return bool(super().add(*args, **kwargs))
        except RedisError:
            return True

    def set(self, *args: Any, **kwargs: Any) -> None:
        with suppress(RedisError):
            super().set(*args, **kwargs)
