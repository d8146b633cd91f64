"""Missed calls of direct lines: each is called back by a promised moment, and is an incident if nobody was away."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Absence, Client, Contact, DirectChannelGrant, Interaction, Promise, TierPolicy
from clients.rules.sla import call_back_due_at
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.feedback import first_response_due, free_days
from clients.services.promises import keep_promise, make_promise, withdraw_promise
from crm.models import User

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of a year over one direct line."""

    answered: int = 0
    missed: int = 0
    called_back: int = 0

    @property
    def n(self) -> int:
        return self.answered + self.missed


def note_missed(row: Interaction, *, contacts: Collection[Contact], employees: Collection[User], at: datetime) -> None:
    """Opens the promise to call back where the caller holds the number of the one who was called."""
    line = DirectChannelGrant.objects.current().filter(
        channel=DirectChannelGrant.Channel.PHONE, contact__in=contacts, employee__in=employees
    )
    grant = line.select_related("contact", "employee").order_by("pk").first()
    if not row.is_missed or row.call_back_id or grant is None:
        return
    absent_until = _back_at(grant.employee, row.occurred_at)
    row.is_incident = absent_until is None
    row.call_back = make_promise(
        row.client,
        text=_("Call back: %(person)s") % {"person": grant.contact},
        due_at=_due_at(row.client, row.occurred_at, absent_until),
        due_is_day=False,
        by=grant.employee,
        at=at,
        contact=grant.contact if grant.contact.is_of(row.client) else None,
        source=Promise.Source.SLA,
    )
    row.save(update_fields=["call_back", "is_incident"])


def drop_call_back(row: Interaction, *, at: datetime) -> None:
    """A call that was taken after all is owed no call back and was no incident; a promise that was kept stays so."""
    if row.is_missed or not (row.call_back_id or row.is_incident):
        return
    for promise in Promise.objects.open().filter(pk__in=[row.call_back_id]):
        withdraw_promise(promise, at=at)
    row.call_back, row.is_incident = None, False
    row.save(update_fields=["call_back", "is_incident"])


def keep_call_backs(row: Interaction, *, contacts: Collection[Contact], at: datetime) -> int:
    """A call, or a meeting, with the person keeps what was promised after the missed one; says how many."""
    if row.is_missed or row.kind not in (Interaction.Kind.CALL, Interaction.Kind.MEETING):
        return 0
    missed = Interaction.objects.filter(contacts__in=contacts, occurred_at__lte=row.occurred_at).exclude(pk=row.pk)
    waiting = list(Promise.objects.open().filter(missed_call__in=missed))
    for promise in waiting:
        keep_promise(promise, kept_at=row.occurred_at, at=at)
    return len(waiting)


def calls_of(grants: Iterable[DirectChannelGrant], *, at: datetime) -> Mapping[int, Calls]:
    """By grant: the client's calls of a year, taken or missed, and missed ones that were returned; one statement."""
    lines = {(row.contact_id, row.employee_id): row.pk for row in grants if row.channel == "phone"}
    rows = Interaction.objects.filter(kind="call", direction__in=["in", "both"], occurred_at__range=(at - YEAR, at))
    mine = rows.filter(contacts__in={contact for contact, _who in lines}, employees__in={who for _one, who in lines})
    pairs = (
        mine.order_by()
        .values_list("contacts", "employees")
        .annotate(
            answered=Count("pk", filter=Q(is_missed=False)),
            missed=Count("pk", filter=Q(is_missed=True)),
            called_back=Count("pk", filter=Q(is_missed=True, call_back__kept_at__isnull=False)),
        )
    )
    return {lines[contact, who]: Calls(*counts) for contact, who, *counts in pairs if (contact, who) in lines}


def deputies_of(row: Interaction) -> list[User]:
    """Who stands in for the people that a missed call was for, on its day."""
    away = Absence.objects.current(on=timezone.localdate(row.occurred_at)).exclude(deputy=None)
    found = away.filter(user__in=row.employees.all()).select_related("deputy")
    return [absence.deputy for absence in found if absence.deputy]


def _back_at(person: User, moment: datetime) -> datetime | None:
    """The beginning of the day on which an absent person is back, through absences that follow each other."""
    on = timezone.localdate(moment)
    back = on
    for absence in Absence.objects.filter(user=person, to_on__gte=on).order_by("from_on"):
        if absence.from_on > back:
            break
        back = absence.to_on + timedelta(days=1)
    return None if back == on else timezone.make_aware(datetime.combine(back, time()))


def _due_at(client: Client, missed_at: datetime, absent_until: datetime | None) -> datetime:
    """By the tier's own policy, else within its first response."""
    policy = TierPolicy.objects.filter(tier=client.tier).values_list("call_back_minutes", flat=True)
    minutes = policy[0] if policy else DEFAULT_TIERS[client.tier]["call_back_minutes"]
    since = max(missed_at, absent_until or missed_at)
    if not minutes:
        return first_response_due(client, at=since)
    zone, free = ZoneInfo(timezone.get_current_timezone_name()), free_days(client, at=since)
    return call_back_due_at(missed_at, zone=zone, minutes=minutes, absent_until=absent_until, holidays=free)
