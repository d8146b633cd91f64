"""The promises of the books, each restated as one query that finds its breaches.

An app registers its own in a module `invariants`; the command, the nightly job and the tests run them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects one row for each breach, whose columns say where it is; no row means that the promise holds."""

    name: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Breach:
    invariant: Invariant
    where: str

    def __str__(self) -> str:
        return f"{self.invariant.name}: {self.invariant.promise} Broken by {self.where}."


_registry: dict[str, Invariant] = {}


def register(*invariants: Invariant) -> None:
    _registry.update({invariant.name: invariant for invariant in invariants})


def all_invariants() -> list[Invariant]:
    autodiscover_modules("invariants")
    return list(_registry.values())


def find_breaches() -> Iterator[Breach]:
    """Every breach of every promise, read in the current transaction."""
    with connection.cursor() as cursor:
        for invariant in all_invariants():
            cursor.execute(invariant.sql)
            names = [column.name for column in cursor.description or ()]
            for row in cursor.fetchall():
                where = ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))
                yield Breach(invariant, where)
