"""Limits on how often the API may be asked; 429 with `Retry-After` says when to come again."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class Burst(UserRateThrottle):
    scope = "burst"


class Sustained(UserRateThrottle):
    scope = "sustained"


class Anonymous(AnonRateThrottle):
    """For the few addresses that answer without a login."""

    scope = "anonymous"

    def get_ident(self, request: Request) -> Any:
        return request.META.get("REMOTE_ADDR", "")
