"""The state that the parts of the generator share: the day, the dice, the tables and what was made so far."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from django.db import models

from clients.models import Seller, ServiceLine
from crm.demo.scale import Scale
from crm.demo.table import Table, triggers_off
from crm.models import User

AUDITED = {"Client", "Contact", "KeyClientDesignation", "Offer", "Retainer"}
"""Tables small enough to be written with their triggers, so that the demo's objects have a history."""


@dataclass(slots=True)
class Made:
    """One client as the generator knows it while it writes the books."""

    id: int
    name: str
    country: str
    weight: float
    tier: str
    status: str
    joined_on: date
    left_on: date | None
    manager: int
    team: list[int]
    payer_days: int
    lines: list[int]
    showcase: bool = False
    contacts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class World:
    scale: Scale
    today: date
    now: datetime
    random: Random
    sellers: dict[str, Seller] = field(default_factory=dict)
    lines: dict[str, ServiceLine] = field(default_factory=dict)
    people: dict[str, list[User]] = field(default_factory=dict)
    cost: dict[int, Decimal] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    buyers: dict[int, dict[str, Any]] = field(default_factory=dict)
    rates: dict[date, Decimal] = field(default_factory=dict)
    clients: list[Made] = field(default_factory=list)
    tables: dict[type[models.Model], Table[Any]] = field(default_factory=dict)

    def table[M: models.Model](self, model: type[M]) -> Table[M]:
        """The table of a model, opened on first use."""
        if model not in self.tables:
            self.tables[model] = Table(model, at=self.now)
        return self.tables[model]

    def flush(self) -> None:
        """Writes everything, audited tables first: an audit row would walk all foreign keys still to be checked.

        All others are written without their triggers, whose work the generator has done.
        """
        quiet = [table for model, table in self.tables.items() if model.__name__ not in AUDITED]
        for table in self.tables.values():
            if table not in quiet:
                table.flush()
        with triggers_off(table.name for table in quiet):
            for table in quiet:
                table.flush()

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability
