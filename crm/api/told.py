"""Read-only fields that upper floors add to a resource of a lower one, as facts and never as imports."""

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework import serializers

from crm.models import User

type Show = Callable[[Any, User], Any]


class ShownField(serializers.JSONField):
    """What an upper floor tells about a row, for the one who reads."""

    def __init__(self, show: Show) -> None:
        super().__init__(source="*", read_only=True)
        self.show = show

    def to_representation(self, value: Any) -> Any:
        return self.show(value, self.context["request"].user)


class Told:
    """The fields that one resource gets from above."""

    def __init__(self) -> None:
        self.shows: dict[str, Show] = {}
        self.prefetched: list[str] = []

    def register(self, name: str, show: Show, *, prefetch: Sequence[str] = ()) -> None:
        """From an app's `ready()`: `show(row, reader)` gives a JSON value, or None for what the reader may not see."""
        self.shows[name] = show
        self.prefetched.extend(prefetch)

    def fields(self) -> dict[str, ShownField]:
        return {name: ShownField(show) for name, show in self.shows.items()}


PEOPLE, SELLERS = Told(), Told()
