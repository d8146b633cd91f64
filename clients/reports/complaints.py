"""Complaints in figures, of the firm for a partner, else of own clients; and who was praised before being blamed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from clients.models import Client, Complaint, Praise, StatusChange
from clients.models.client import ClientQuery
from clients.rules.complaints import Case, ComplaintRates, Word, client_years, complaint_rates, praise_then_blame
from crm.models import User
from crm.periods import DateRange


@dataclass(frozen=True, slots=True)
class Turned:
    complaint: Complaint
    praise: Praise


@dataclass(frozen=True, slots=True)
class ComplaintReport:
    window: DateRange
    clients: int
    rates: ComplaintRates


def complaint_report(user: User, window: DateRange) -> ComplaintReport:
    """Cases received in the window, by the time for which clients were with us in it; three statements."""
    mine = Client.objects.open_to(user)
    stays = list(_stays(mine.current().exclude(status=Client.Status.PROSPECT), window))
    rows = Complaint.objects.filter(client__in=mine, received_on__gte=window.start, received_on__lt=window.end)
    cases = (Case(cause, _in_ramp(on, until)) for cause, on, until in rows.values_list(*COLUMNS))
    return ComplaintReport(window, len(stays), complaint_rates(cases, years=client_years(stays, window)))


COLUMNS = ("root_cause", "received_on", "about__ramp_until_on")


def _in_ramp(on: date, until: date | None) -> bool:
    return until is not None and on <= until


def _stays(rows: ClientQuery, window: DateRange) -> Iterator[tuple[date, date | None]]:
    """Since when each client is with us, and when it was lost; those of before or after the window are none."""
    losses = StatusChange.objects.losses().filter(client=OuterRef("pk")).order_by("-confirmed_on", "-pk")
    told = rows.annotate(lost_on=Subquery(losses.values("confirmed_on")[:1])).order_by("pk")
    for since, made_at, status, lost in told.values_list("since_on", "created_at", "status", "lost_on"):
        begun = since or timezone.localdate(made_at)
        ended = (lost or begun) if status == Client.Status.LOST else None
        if begun < window.end and (ended is None or ended > window.start):
            yield begun, ended


def turned(user: User, *, of: QuerySet[Complaint] | None = None) -> list[Turned]:
    """Praise, then blame: complaints about somebody whom the same person had praised; the newest first."""
    blamed = _named(Complaint.objects.visible_to(user) if of is None else of)
    found = praise_then_blame(_named(Praise.objects.visible_to(user)), blamed)
    complaints = Complaint.objects.select_related("client", "contact", "about").in_bulk(
        [each.complaint for each in found]
    )
    praise = Praise.objects.in_bulk([each.praise for each in found])
    rows = [Turned(complaints[each.complaint], praise[each.praise]) for each in found]
    return sorted(rows, key=lambda row: (row.complaint.received_on, row.complaint.pk), reverse=True)


def praised_before(user: User, rows: Sequence[Complaint]) -> dict[int, Praise]:
    """Of complaints on a page: the praise that came before, by the complaint's id; three statements."""
    shown = Complaint.objects.filter(pk__in=[row.pk for row in rows])
    return {row.complaint.pk: row.praise for row in turned(user, of=shown)}


def praise_before(user: User, *, contact: int, about: int, on: date) -> Praise | None:
    """The praise that would come before a complaint of this person about this employee: for who writes it down."""
    said = Praise.objects.visible_to(user).filter(contact=contact, about=about)
    found = praise_then_blame(_named(said), [Word(0, contact, about, on)])
    return Praise.objects.get(pk=found[0].praise) if found else None


def _named(rows: QuerySet[Any]) -> list[Word]:
    named = rows.exclude(contact=None).exclude(about=None).order_by("pk")
    return [Word(*each) for each in named.values_list("pk", "contact", "about", "received_on")]
