"""Invoices and offers avoided: draws that needed neither of their own, and clients whom a package would spare some."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, Sum

from billing.models import Coverage, HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.models.invoices import InvoiceQuery
from billing.rules.small_invoices import MONTHS, SMALL, should_offer_package, size_to_offer
from clients.models import Client
from clients.models.client import ClientQuery
from crm.access import Role
from crm.models import User
from crm.periods import add_months


@dataclass(frozen=True, slots=True)
class Avoided:
    """Draws from packages in 12 months without an invoice and an offer of their own; each spared both."""

    first: date
    last: date
    draws: int
    minutes: int


@dataclass(frozen=True, slots=True)
class PackageCandidate:
    """A client with too many small invoices, what they came to by time, and the package that would do instead."""

    client: Client
    small_invoices: int
    minutes: int
    offered_minutes: int

    @property
    def offered_hours(self) -> int:
        return self.offered_minutes // 60


def avoided(user: User, *, on: date) -> Avoided:
    """Work that stands beside a price of its own, or under an offer, is not counted."""
    first = add_months(on, -MONTHS)
    priced = Coverage.objects.filter(entry=OuterRef("entry"), source=Coverage.Source.TIME_AND_MATERIALS)
    draws = LedgerRow.objects.unreversed_draws().filter(
        ~Exists(priced),
        account__package__isnull=False,
        account__client__in=_seen(user),
        entry__offer=None,
        occurred_on__gt=first,
        occurred_on__lte=on,
    )
    found = draws.aggregate(draws=Count("entry", distinct=True), minutes=Sum("covered_minutes"))
    return Avoided(first, on, found["draws"], found["minutes"] or 0)


def package_candidates(user: User, *, on: date) -> list[PackageCandidate]:
    """Clients without hours in force who had more than six small invoices in 12 months, the most first."""
    since = add_months(on, -MONTHS)
    issued = Invoice.objects.issued().invoices().filter(issued_on__gt=since, issued_on__lte=on)
    counts = _small(issued.filter(client__in=_seen(user).current()))
    wanted = [pk for pk, count in counts.items() if should_offer_package(count)]
    in_force = HourPackage.objects.valid(on=on).filter(account__balance_minutes__gt=0)
    clients = Client.objects.filter(pk__in=wanted).exclude(packages__in=in_force).select_related("figures")
    minutes = _minutes_by_time(wanted, since, on)
    rows = [
        PackageCandidate(client, counts[client.pk], minutes.get(client.pk, 0), size_to_offer(minutes.get(client.pk, 0)))
        for client in clients.order_by("name")
    ]
    return sorted(rows, key=lambda row: -row.small_invoices)


def _small(issued: InvoiceQuery) -> dict[int, int]:
    small = Q()
    for currency, most in SMALL.items():
        small |= Q(currency=currency, gross_amount__lte=most)
    return dict(issued.filter(small).order_by().values_list("client").annotate(n=Count("pk")))


def _minutes_by_time(clients: list[int], since: date, on: date) -> dict[int, int]:
    lines = InvoiceLine.objects.filter(
        kind=InvoiceLine.Kind.TIME,
        invoice__client__in=clients,
        invoice__kind=Invoice.Kind.INVOICE,
        invoice__issued_on__gt=since,
        invoice__issued_on__lte=on,
    )
    hours = lines.order_by().values_list("invoice__client").annotate(total=Sum("quantity"))
    return {client: round((total or Decimal(0)) * 60) for client, total in hours}


def _seen(user: User) -> ClientQuery:
    return Client.objects.all() if user.is_in(Role.PARTNER, Role.FINANCE) else Client.objects.owned_by(user)
