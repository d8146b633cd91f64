"""Invoices and offers avoided: draws that needed neither of their own, and clients whom a package would spare some."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, When

from billing.models import Coverage, HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.models.invoices import InvoiceQuery
from billing.rules.small_invoices import MONTHS, SMALL, should_offer_package, size_to_offer
from clients.models import Client
from clients.models.client import ClientQuery, holder_of, of_holders
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
        account__client__in=clients_of(user).with_merged(),
        entry__offer=None,
        occurred_on__gt=first,
        occurred_on__lte=on,
    )
    found = draws.aggregate(draws=Count("entry", distinct=True), minutes=Sum("covered_minutes"))
    return Avoided(first, on, found["draws"], found["minutes"] or 0)


def package_candidates(user: User, *, on: date) -> list[PackageCandidate]:
    """Clients without hours in force who had more than six small invoices in 12 months, the most first."""
    since = add_months(on, -MONTHS)
    seen = of_holders(clients_of(user).current().values_list("pk", flat=True))
    standing = Invoice.objects.standing().filter(seen, issued_on__gt=since, issued_on__lte=on)
    counts = _small(standing)
    wanted = [pk for pk, count in counts.items() if should_offer_package(count)]
    in_force = HourPackage.objects.valid(on=on).filter(account__balance_minutes__gt=0)
    holding = in_force.values(holder=holder_of())
    clients = Client.objects.filter(pk__in=wanted).exclude(pk__in=holding).select_related("figures")
    minutes = _minutes_by_time(standing.filter(of_holders(wanted)))
    rows = [
        PackageCandidate(client, counts[client.pk], minutes.get(client.pk, 0), size_to_offer(minutes.get(client.pk, 0)))
        for client in clients.order_by("name")
    ]
    return sorted(rows, key=lambda row: -row.small_invoices)


def _small(standing: InvoiceQuery) -> dict[int, int]:
    small = Q()
    for currency, most in SMALL.items():
        small |= Q(currency=currency, gross_amount__lte=most)
    rows = Invoice.objects.filter(small, pk__in=standing.values("pk")).order_by()
    return dict(rows.values_list(holder_of()).annotate(n=Count("pk")))


def _minutes_by_time(standing: InvoiceQuery) -> dict[int, int]:
    """Hours on these invoices by client, less those that a part of them was corrected by; a gift was worked as well."""
    lines, ids = InvoiceLine.objects.filter(kind=InvoiceLine.Kind.TIME), standing.values("pk")
    notes = Q(invoice__status=Invoice.Status.ISSUED, invoice__correction_kind="partial", invoice__corrects__in=ids)
    left = Case(When(invoice__kind=Invoice.Kind.CREDIT_NOTE, then=-F("quantity")), default=F("quantity"))
    rows = lines.filter(Q(invoice__in=ids) | notes).order_by().values_list(holder_of("invoice__client"))
    return {client: round(total * 60) for client, total in rows.annotate(total=Sum(left))}


def clients_of(user: User) -> ClientQuery:
    """Whose hours a person reports on: all for partner and finance, else own clients."""
    return Client.objects.all() if user.is_in(Role.PARTNER, Role.FINANCE) else Client.objects.owned_by(user)
