"""Who of us alone knows a client: the one person at all of its last ten interactions."""

from collections.abc import Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from clients.models import Interaction
from clients.models.client import ClientQuery
from clients.rules.dependence import DEPENDENCE_TOUCHES, sole_employee


def sole_employees(rows: ClientQuery) -> Mapping[int, int]:
    """The sole person of each client that has one, by client; one statement."""
    found = [vars(row) for row in with_last_people(rows).only("pk")]
    sole = {row["id"]: sole_employee(set(row["people"]), touches=len(row["last"])) for row in found}
    return {client: person for client, person in sole.items() if person is not None}


def with_last_people(rows: ClientQuery) -> ClientQuery:
    """Adds `last`, ids of the last ten interactions, and `people`, those of us who were there."""
    touches = Interaction.objects.filter(is_missed=False).order_by("-occurred_at", "-pk")
    last = touches.filter(client=OuterRef("pk")).values("pk")[:DEPENDENCE_TOUCHES]
    nested = touches.filter(client=OuterRef(OuterRef("pk"))).values("pk")[:DEPENDENCE_TOUCHES]
    there = Interaction.employees.through._default_manager.filter(interaction__in=nested)
    people = there.order_by().values("user").distinct()
    return rows.annotate(last=ArraySubquery(last), people=ArraySubquery(people))
