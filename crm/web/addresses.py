"""Addresses by name, worked out once: a page names some hundred of them, and `reverse` looks at every pattern."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

KEPT = 16_384


def address(name: str, *arguments: int | str) -> str:
    """As `reverse`, NoReverseMatch included, for plain arguments."""
    return _address(get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), name, arguments)


@lru_cache(maxsize=KEPT)
def _address(urlconf: Any, _prefix: str, name: str, arguments: tuple[int | str, ...]) -> str:
    return str(reverse(name, urlconf, args=arguments))
