"""Limits on how often the API may be asked; 429 with `Retry-After` says when to come again."""

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle, BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # reads these very throttles when it is imported

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Window(NamedTuple):
    """So many requests in so many seconds, counted from a full minute or hour."""

    limit: int
    seconds: int

    @classmethod
    def of(cls, rate: str) -> "Window":
        """`1200/min`, in DRF's own notation."""
        limit, _slash, period = rate.partition("/")
        return cls(int(limit), SECONDS[period[0]])


class Limits(BaseThrottle):
    """The limits of a minute and of an hour, in one note per caller of a few numbers, whatever the limits are.

    Two requests at the same moment may count as one: a limit protects the firm's server, it is no ledger.
    """

    scopes = ("burst", "sustained")

    def __init__(self) -> None:
        self.waits = 0.0

    def allow_request(self, request: Request, _view: "APIView") -> bool:
        now, key, windows = time.time(), self._key(request), self.windows()
        kept: dict[int, tuple[int, int]] = cache.get(key, {})
        counts = [self._counted(kept, window, now) for window in windows]
        full = [window for window, count in zip(windows, counts, strict=True) if count >= window.limit]
        self.waits = max((window.seconds - now % window.seconds for window in full), default=0.0)
        if full:
            return False
        noted = {w.seconds: (int(now // w.seconds), n + 1) for w, n in zip(windows, counts, strict=True)}
        cache.set(key, noted, max(noted))
        return True

    def wait(self) -> float:
        """Seconds until the window that is full ends."""
        return self.waits

    def windows(self) -> list[Window]:
        return [Window.of(str(api_settings.DEFAULT_THROTTLE_RATES[scope])) for scope in self.scopes]

    @staticmethod
    def _counted(kept: dict[int, tuple[int, int]], window: Window, now: float) -> int:
        number, count = kept.get(window.seconds, (0, 0))
        return count if number == int(now // window.seconds) else 0

    def _key(self, request: Request) -> str:
        return f"throttle:{request.user.pk or self.get_ident(request)}"


class Anonymous(AnonRateThrottle):
    """For the few addresses that answer without a login."""

    scope = "anonymous"

    def get_ident(self, request: Request) -> Any:
        return request.META.get("REMOTE_ADDR", "")
