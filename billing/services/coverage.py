"""How an entry is covered: one function plans it, for the preview while typing, for drafts and for the booking."""

from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, LedgerRow, TimeEntry
from billing.rules.accounts import LinkProblem, LinkRefusedError, Work
from billing.rules.burn import is_after_hours
from billing.rules.coverage import Cover, CoverageRow, OfferBasis, Source, cover
from billing.rules.rates import HourlyPrice
from billing.services.terms import Terms

REFUSALS = {
    LinkProblem.FOREIGN: _("This package belongs to another client."),
    LinkProblem.OTHER_SELLER: _("This package was sold by another own company."),
    LinkProblem.NOT_YET_VALID: _("This package is not valid yet on that day."),
    LinkProblem.EXPIRED: _("This package has expired by that day."),
    LinkProblem.OUT_OF_SCOPE: _("This package does not cover this service."),
}


def plan_coverage(entry: TimeEntry, terms: Terms, *, minutes: int | None = None, billable: int | None = None) -> Cover:
    """What pays for the entry under these terms; free and internal work is paid by nothing.

    `minutes` plans a part of the entry instead of all its billed minutes; of an offer by time spent, `billable` is
    what its limit and notices leave to charge. ValidationError on `hour_package` if the
    entry names a package that cannot belong to it.
    """
    if entry.billing_type != TimeEntry.BillingType.BILLABLE:
        return Cover()
    offer = terms.offer_of(entry, billable=billable)
    price = terms.prices.price_of(entry, agreed=offer_price(entry))
    work = _work(entry, minutes, terms)
    try:
        return cover(work, terms.near(work.client_id, work.package_id), price=price, offer=offer)
    except LinkRefusedError as refused:
        error = ValidationError(REFUSALS[refused.code], code=refused.code.value)
        raise ValidationError({"hour_package": error}) from refused


def offer_price(entry: TimeEntry) -> HourlyPrice | None:
    """The offer's own price per hour, which goes before every rate."""
    offer = entry.offer
    if offer is None or offer.hourly_rate is None or offer.basis == OfferBasis.FIXED:
        return None
    return HourlyPrice(offer.hourly_rate, offer.currency, offer.price_includes_tax)


def write_plan(entries: Sequence[TimeEntry], covers: Sequence[Cover], terms: Terms) -> None:
    """Keeps how drafts and submitted entries would be covered: their draws are pending, nothing is booked."""
    _write(entries, _rows(entries, covers, terms))


def write_coverage(
    entries: Sequence[TimeEntry],
    covers: Sequence[Cover],
    terms: Terms,
    *,
    drawn: Sequence[LedgerRow],
    first: int = 1,
) -> None:
    """Keeps how approved entries are covered, each draw beside its ledger row; `first` is the first position."""
    booked: dict[tuple[int | None, int | None], LedgerRow] = {(row.entry_id, row.account_id): row for row in drawn}
    rows = _rows(entries, covers, terms, first=first)
    for row in rows:
        row.ledger_row = booked.get((row.entry_id, row.account_id))
    _write(entries, rows)


def planned_parts(entry: TimeEntry, covered: Cover, terms: Terms) -> list[Coverage]:
    """The rows that saving would write, for an entry that is only looked at."""
    return _rows([entry], [covered], terms)


def planned_accounts(entries: Sequence[TimeEntry]) -> set[int]:
    """The accounts on which these entries draw or plan to draw."""
    rows = Coverage.objects.filter(entry__in=entries, account__isnull=False)
    return set(rows.values_list("account", flat=True))


def drop_coverage(entries: Sequence[TimeEntry]) -> None:
    """Forgets how these entries were to be covered, before they are covered anew. Billed parts refuse to go.

    One plain DELETE: the foreign keys of the ledger and of invoices guard what Django would collect first.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_coverage WHERE entry_id = ANY(%s)", [[entry.pk for entry in entries]])
    for entry in entries:
        entry.parts = []


def _write(entries: Sequence[TimeEntry], rows: Sequence[Coverage]) -> None:
    Coverage.objects.bulk_create(rows)
    written: dict[int, list[Coverage]] = defaultdict(list)
    for row in rows:
        written[row.entry_id].append(row)
    for entry in entries:
        entry.parts = written[entry.pk]


def _rows(entries: Sequence[TimeEntry], covers: Sequence[Cover], terms: Terms, *, first: int = 1) -> list[Coverage]:
    return [
        _coverage(entry, position, row, terms)
        for entry, covered in zip(entries, covers, strict=True)
        for position, row in enumerate(covered.rows, start=first)
    ]


def _coverage(entry: TimeEntry, position: int, row: CoverageRow, terms: Terms) -> Coverage:
    """Of what nothing pays for, an offer is named where it was overrun; what awaits a top-up names none."""
    return Coverage(
        entry=entry,
        position=position,
        source=row.source.value,
        account=terms.hour_account(row.account_id) if row.account_id else None,
        offer_id=row.offer_id if row.source is Source.NONE else row.offer_id or entry.offer_id,
        minutes=row.covered_minutes,
        drawn_minutes=row.drawn_minutes,
        factor=row.factor,
        rate_amount=row.price.amount if row.price else None,
        amount=row.amount or 0,
        currency=row.currency,
        price_includes_tax=row.price_includes_tax,
    )


def _work(entry: TimeEntry, minutes: int | None, terms: Terms) -> Work:
    started = timezone.localtime(entry.started_at) if entry.started_at else None
    return Work(
        client_id=entry.client.holder_id,
        worked_on=entry.worked_on,
        billed_minutes=entry.billed_minutes if minutes is None else minutes,
        currency=entry.client.currency,
        service_line_id=entry.service_line_id,
        seller_id=entry.seller_id,
        package_id=entry.hour_package.account_id if entry.hour_package else None,
        undecided=entry.needs_decision,
        seniority=entry.employee.seniority if terms.asks_seniority else "",
        after_hours=is_after_hours(started, entry.worked_on),
    )
