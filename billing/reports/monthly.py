"""What a month brought a client: hours, promises kept, extras, praise, what we did unasked, what is left and comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import HourPackage, LedgerRow, WorkMonth
from clients.models import Client, Extra, Praise, ProactiveAct, Promise, ServiceLine
from clients.models.promise import PromiseQuery
from clients.rules.promises import Judged, Rates
from clients.services.promise_rates import judge_promise, rates_of
from crm.periods import add_months, month_end

COMING = 6


@dataclass(frozen=True, slots=True)
class Worked:
    """Approved minutes of a service for the client, and those of them that were given free."""

    service_line: ServiceLine | None
    minutes: int
    free_minutes: int


@dataclass(frozen=True, slots=True)
class Kept:
    promise: Promise
    judged: Judged


@dataclass(frozen=True, slots=True)
class Left:
    """A package with its balance at the end of the month, or of today while the month lasts."""

    package: HourPackage
    minutes: int


@dataclass(frozen=True, slots=True)
class Month:
    """Of extras those that the client knows of: who was not told does not hear of them by a report."""

    worked: Sequence[Worked]
    kept: Sequence[Kept]
    rates: Rates
    extras: Sequence[Extra]
    praise: Sequence[Praise]
    acts: Sequence[ProactiveAct]
    packages: Sequence[Left]
    coming: Sequence[Promise]

    @property
    def is_empty(self) -> bool:
        return not (self.worked or self.kept or self.extras or self.praise or self.acts or self.packages)


def month_of(client: Client, month_on: date, *, at: datetime) -> Month:
    """As known at a moment: of a month that lasts, until then."""
    last = min(month_end(month_on), timezone.localdate(at))
    first, after = _start(month_on), _start(add_months(month_on, 1))
    promises = Promise.objects.filter(client__in=client.family)
    shown = promises.exclude(source=Promise.Source.SLA)
    told = Extra.objects.given().filter(client_informed_at__isnull=False)
    acts = ProactiveAct.objects.filter(client__in=client.family, client_told_at__isnull=False)
    return Month(
        worked=_worked(client, month_on),
        kept=_kept(shown.filter(kept_at__gte=first, kept_at__lt=after), at),
        rates=rates_of(promises.filter(due_at__gte=first, due_at__lt=after), at=at),
        extras=list(told.filter(client__in=client.family, given_on__range=(month_on, last)).order_by("given_on", "pk")),
        praise=list(Praise.objects.filter(client__in=client.family, received_on__range=(month_on, last))),
        acts=list(acts.filter(acted_on__range=(month_on, last)).order_by("acted_on", "pk")),
        packages=_left(client, month_on, last),
        coming=list(shown.open().filter(current_due_at__gte=at).order_by("current_due_at")[:COMING]),
    )


def untold_extras(client: Client, month_on: date, *, at: datetime) -> int:
    """Extras of the month of which the client was not told, and which its report therefore leaves out."""
    last = min(month_end(month_on), timezone.localdate(at))
    given = Extra.objects.given().filter(client__in=client.family, given_on__range=(month_on, last))
    return given.filter(client_informed_at=None).count()


def _start(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


def _worked(client: Client, month_on: date) -> list[Worked]:
    """Approved work without our own and without disputes, the most first."""
    rows = WorkMonth.objects.filter(client__in=client.family, month_on=month_on).order_by()
    sums = rows.values_list("service_line").annotate(
        done=Sum(F("minutes") - F("internal_minutes") - F("dispute_minutes")),
        free=Sum(F("goodwill_minutes") + F("follow_up_minutes") + F("warranty_minutes")),
    )
    found = [(pk, done, free) for pk, done, free in sums if done > 0]
    lines = ServiceLine.objects.in_bulk({pk for pk, _done, _free in found if pk})
    worked = [Worked(lines.get(pk), done, free) for pk, done, free in found]
    return sorted(worked, key=lambda row: -row.minutes)


def _kept(promises: PromiseQuery, at: datetime) -> list[Kept]:
    rows = promises.with_chain().order_by("kept_at", "pk")
    return [Kept(row, judge_promise(row, at=at)) for row in rows]


def _left(client: Client, first: date, last: date) -> list[Left]:
    valid = Q(valid_from__lte=last) & (Q(expires_on=None) | Q(expires_on__gte=first))
    packages = HourPackage.objects.filter(valid, client__in=client.family, voided_on=None).order_by("pk")
    rows = LedgerRow.objects.filter(account__in=packages.values("account"), occurred_on__lte=last).order_by()
    sums = dict(rows.values_list("account").annotate(left=Coalesce(Sum("minutes"), 0)))
    return [Left(package, sums.get(package.account_id, 0)) for package in packages]
