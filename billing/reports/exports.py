"""What finance sees of exports: what is new since the last batch, which period may be closed after one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from billing.exports.formats import Format, formats
from billing.models import AdvanceVatInvoice, ExportBatch, ExportedDocument, Invoice
from billing.models.export_batches import ExportedQuery
from billing.reports.finance import Closed
from billing.services.currencies import base_currency
from billing.services.drawn_hours import drawn_hours
from clients.models import Seller
from crm.periods import month_end, month_start


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents of one company that left in no batch of a format; `sums` are gross by currency, credit notes less.

    `changed` left before and are not what they were then, since the newest batch.
    """

    form: Format
    seller: Seller
    count: int
    first: date | None
    last: date | None
    sums: dict[str, Decimal]
    newest: ExportBatch | None
    missing: tuple[str, ...]
    changed: tuple[Invoice, ...]

    @property
    def query(self) -> str:
        """What the form of a new export begins with: the first month that holds some of them."""
        days = {"from_on": month_start(self.first), "to_on": month_end(self.first)} if self.first else {}
        return urlencode({"format": self.form.code, "seller": self.seller.pk, **days})


def waiting_exports() -> list[Waiting]:
    """One row for each company in use and each format that it takes, in the order of companies."""
    sellers = list(Seller.objects.filter(is_active=True))
    found = [row for form in formats().values() for row in _waiting(form, sellers)]
    return sorted(found, key=lambda row: sellers.index(row.seller))


def proposed_locks(batch: ExportBatch, closed: Iterable[Closed], *, on: date) -> list[Seller]:
    """The companies whose period the batch has finished, a whole one that is over, and where it is still open."""
    if batch.is_narrowed or batch.to_on >= on:
        return []
    mine = [row for row in closed if batch.seller_id in (None, row.seller.pk)]
    return [row.seller for row in mine if row.until is None or row.until < batch.to_on]


def _waiting(form: Format, sellers: list[Seller]) -> Iterator[Waiting]:
    sums = _sums(form)
    newest = _newest(form)
    for seller in sellers:
        if form.fits(seller):
            mine = [row for row in sums if row["seller"] == seller.pk]
            last = newest.get(seller.pk) or newest.get(None)
            yield Waiting(
                form,
                seller,
                count=sum(row["count"] for row in mine),
                first=min((row["first"] for row in mine), default=None),
                last=max((row["last"] for row in mine), default=None),
                sums={row["currency"]: row["gross"] for row in mine if "gross" in row},
                newest=last,
                missing=tuple(form.missing(seller)),
                changed=tuple(form.changed(last)) if last else (),
            )


def _sums(form: Format) -> list[dict[str, Any]]:
    left = ExportedDocument.objects.first_time().filter(format=form.code)
    rows = form.rows().exclude(pk__in=left.exclude(invoice=None).values("invoice")).order_by()
    summed = rows.values("seller", "currency").annotate(
        count=Count("pk"), first=Min("leaves_on"), last=Max("leaves_on"), gross=Sum("leaves_amount")
    )
    found = [dict(row) for row in summed]
    if form.with_hours:
        return found + _hour_sums(form)
    return found + _advance_sums(left) if form.with_advances else found


def _hour_sums(form: Format) -> list[dict[str, Any]]:
    """Packages whose hours were drawn until the end of the last month and are not moved to revenue."""
    until = month_start(timezone.localdate()) - timedelta(days=1)
    sums = []
    for seller in (each for each in Seller.objects.filter(is_active=True) if form.fits(each)):
        parts = drawn_hours(seller, until=until)
        amount = sum((part.amount for part in parts), Decimal(0))
        said = {"count": len(parts), "first": until, "last": until, "currency": base_currency(), "gross": amount}
        sums += [{"seller": seller.pk, **said}] if parts else []
    return sums


def _advance_sums(left: ExportedQuery) -> list[dict[str, Any]]:
    """Advance VAT invoices count and say their days; their money stands on the invoices."""
    rows = AdvanceVatInvoice.objects.exclude(pk__in=left.exclude(advance=None).values("advance")).order_by()
    summed = rows.values("seller").annotate(count=Count("pk"), first=Min("issued_on"), last=Max("issued_on"))
    return [dict(row) for row in summed]


def _newest(form: Format) -> dict[int | None, ExportBatch]:
    rows = ExportBatch.objects.filter(format=form.code).order_by("seller_id", "-pk").distinct("seller_id")
    return {row.seller_id: row for row in rows.select_related("made_by")}
