"""Facts flow down: the one door through which upper floors write figures and memberships of clients."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from clients.models import Client, ClientFigure, ClientMember, Contact
from crm.models import User

GROUPS: Mapping[str, tuple[str, ...]] = {
    "revenue": (
        "revenue_12m",
        "revenue_before_12m",
        "revenue_share",
        "revenue_trend",
        "last_revenue_on",
        "has_agreement",
        "cost_to_serve_12m",
        "margin_12m",
        "channel_threshold",
    ),
    "receivables": ("receivables", "overdue_receivables", "oldest_due_on"),
    "anchors": ("anchors", "anchor_codes"),
    "hours": ("package_minutes", "package_minutes_bought", "goodwill_minutes", "own_goodwill_minutes"),
    "value": ("simple_value", "simple_value_source", "simple_value_inputs", "historical_value", "residual_value"),
    "badge": ("badge_value", "band_low", "band_high"),
    "health": ("health_score", "health_band"),
    "nps": ("nps", "nps_answers"),
    "promises": ("promises_n", "promises_honoured"),
    "attention": ("last_two_way_at", "attention_overdue_days"),
}

type Figures = Mapping[int, Mapping[str, Any]]


def write_scores(scores: Mapping[int, tuple[int, date]]) -> int:
    """Writes the last NPS answer of people, `{contact id: (score, day)}`: loyalty belongs to people."""
    rows = [Contact(pk=pk, nps_score=score, nps_on=on) for pk, (score, on) in sorted(scores.items())]
    return Contact.objects.bulk_update(rows, ["nps_score", "nps_on"], batch_size=500)


@transaction.atomic
def write_figures(group: str, figures: Figures, *, as_of: date) -> int:
    """Writes one group of figures for many clients, `{client id: {field: value}}`; says how many rows it wrote.

    Fields that are left out keep their value, though every client must name the same ones. A row that already
    holds a later day is left alone, so a job that comes late spoils nothing. ValueError for a foreign field.
    """
    known = _fields_of(group, figures)
    if not figures:
        return 0
    stamp = f"{group}_as_of_on"
    dated = hasattr(ClientFigure, stamp)
    newer = _newer(stamp, figures, as_of) if dated else frozenset()
    rows = [
        ClientFigure(client_id=pk, **values, **({stamp: as_of} if dated else {}))
        for pk, values in sorted(figures.items())
        if pk not in newer
    ]
    written = [*known, *([stamp] if dated else []), "updated_at"]
    ClientFigure.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["client"], update_fields=written
    )
    return len(rows)


@transaction.atomic
def shift_figures(group: str, shifts: Mapping[int, Mapping[str, int]]) -> None:
    """Adds to numbers of one group, `{client id: {field: difference}}`, in client order; zeros cost nothing.

    A client without a row has none until the group is written next. ValueError for a foreign field.
    """
    if foreign := {name for shift in shifts.values() for name in shift} - set(GROUPS[group]):
        raise ValueError(f"{sorted(foreign)} are no figures of {group!r}")
    for pk, shift in sorted(shifts.items()):
        moved = {name: Coalesce(F(name), 0) + by for name, by in shift.items() if by}
        if moved:
            ClientFigure.objects.filter(pk=pk).update(**moved)


def add_member(client: Client, *, user: User, on: date, role: str = "") -> ClientMember:
    """Lets somebody work for a client from a day on; once is enough, a second time gives the same membership."""
    member, _made = ClientMember.objects.get_or_create(
        client=client, user=user, to_on=None, defaults={"from_on": on, "role": role}
    )
    return member


def end_member(member: ClientMember, *, on: date) -> ClientMember:
    """Ends a membership with a day; one that began later ends on its first day."""
    member.to_on = max(on, member.from_on)
    member.save(update_fields=["to_on"])
    return member


@transaction.atomic
def set_members(client: Client, *, users: Collection[User], on: date) -> list[ClientMember]:
    """Makes the people who work for a client exactly these from a day on: others end, new ones begin."""
    wanted = {user.pk for user in users}
    for member in ClientMember.objects.locked().filter(client=client, to_on=None).exclude(user__in=wanted):
        end_member(member, on=on)
    return [add_member(client, user=user, on=on) for user in users]


def _fields_of(group: str, figures: Figures) -> list[str]:
    named = [frozenset(values) for values in figures.values()]
    fields = named[0] if named else frozenset()
    if any(other != fields for other in named):
        raise ValueError(f"every client must name the same figures of {group!r}")
    if foreign := fields - set(GROUPS[group]):
        raise ValueError(f"{sorted(foreign)} are no figures of {group!r}")
    return sorted(fields)


def _newer(stamp: str, figures: Figures, as_of: date) -> frozenset[int]:
    rows = ClientFigure.objects.filter(client__in=list(figures), **{f"{stamp}__gt": as_of})
    return frozenset(rows.values_list("client_id", flat=True))
