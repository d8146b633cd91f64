"""Acts of hours drawn from packages: the service that an advance paid for is confirmed as it is rendered (402-FZ).

An act states what was drawn until its day and no standing act confirms yet. The client paid a gross price ahead; the
VAT in it is that of the days of the work (425-FZ), so that hours of two rates are two rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow, ServiceAct
from billing.models.packages import PackageQuery
from billing.models.service_acts import WRITTEN_IN, not_drawn
from billing.rules.contract_liability import Sale, value_of_use
from billing.rules.service_acts import ActRow
from billing.rules.vat import Treatment
from billing.services.act_rows import CHARGED, rows_of
from billing.services.advance_vat import bills_of
from billing.services.service_acts import Hours, Made, lock_for_act, make_each, write_act
from billing.services.sold_prices import price_left
from billing.services.taxes import Taxes
from crm.db import MinutesField
from crm.models import User
from crm.money import allocate, round_half_up, vat_from_gross

ALWAYS = Value(date(1, 1, 1), output_field=DateField())
ZERO = Decimal(0)
ROW = "Услуги, оплаченные авансом: «{name}», использованные часы"  # acts are written in Russian
MINUTES_PER_HOUR = 60


def awaiting_hour_acts(rows: PackageQuery, *, on: date) -> PackageQuery:
    """Packages of companies that write acts, sold by an issued invoice, with drawn hours that no act confirms."""
    issued = InvoiceLine.objects.standing().filter(invoice__status=Invoice.Status.ISSUED)
    found = rows.filter(seller__country=WRITTEN_IN, kind=HourPackage.Kind.PAID, price__gt=0)
    return (
        found.annotate(drawn_minutes=Least(_drawn_minutes(on), "purchased_minutes"), acted_minutes=_acted_minutes())
        .filter(Exists(issued.filter(package=OuterRef("pk"))), drawn_minutes__gt=F("acted_minutes"))
        .annotate(unconfirmed_minutes=F("drawn_minutes") - F("acted_minutes"))
        .order_by("client__name", "pk")
    )


def _drawn_minutes(on: date) -> Coalesce:
    since = Coalesce(OuterRef("seller__acts_since_on"), ALWAYS)
    rows = LedgerRow.objects.of_work(on=on).filter(account=OuterRef("account"), occurred_on__gte=since)
    sums = rows.order_by().values("account").annotate(total=-Sum("minutes")).values("total")
    return Coalesce(Subquery(sums), Value(0), output_field=MinutesField())


def _acted_minutes() -> Coalesce:
    acts = ServiceAct.objects.standing().filter(package=OuterRef("pk"))
    sums = acts.order_by().values("package").annotate(total=Sum("minutes")).values("total")
    return Coalesce(Subquery(sums), Value(0), output_field=MinutesField())


@transaction.atomic
def make_hour_act(package: HourPackage, *, acted_on: date, by: User, at: datetime) -> ServiceAct:
    """The act of what was drawn from a package until a day, under the next number of its company's series.

    ValidationError `wrong_seller`, `not_ready` without an issued invoice of the hours, `nothing_rendered`,
    `wrong_status` when acts confirm more than is drawn, `too_late` at `acted_on`, `period_locked`, `series_missing`,
    `number_order`.
    """
    line = sold_by(package)
    bills = bills_of(line.invoice, account=package.account_id)
    held = lock_for_act(line.invoice, acted_on=acted_on, today=timezone.localdate(at), bills=bills)
    drawn = _Drawn.of(package, line, on=acted_on)
    hours = Hours(package, drawn.unconfirmed, drawn.first_on(acted_on), acted_on)
    return write_act(held, rows=drawn.rows(), hours=hours, acted_on=acted_on, by=by, at=at)


def make_hour_acts(packages: Iterable[HourPackage], *, acted_on: date, by: User, at: datetime) -> Made[HourPackage]:
    """The acts of many packages on one day; each is made or refused by itself."""
    return make_each(packages, lambda package: make_hour_act(package, acted_on=acted_on, by=by, at=at))


def sold_by(package: HourPackage) -> InvoiceLine:
    """The line that sold the hours. ValidationError `not_ready` before its invoice is issued."""
    lines = InvoiceLine.objects.standing().select_related("invoice")
    line = lines.filter(package=package, invoice__status=Invoice.Status.ISSUED).first()
    if line is None:
        raise ValidationError(_("Issue the invoice of the package first."), code="not_ready")
    return line


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What of a package was drawn until a day, and what of that its standing acts confirm; minutes by VAT rate.

    Hours are confirmed once an issued invoice has sold them: what is drawn below zero, or of added hours that are not
    invoiced yet, waits (`unsold`).
    """

    package: HourPackage
    acts: Sequence[ServiceAct]
    minutes: Mapping[Decimal | None, int]
    sales: Sequence[Sale]
    before: int
    began_on: date
    unsold: int

    @classmethod
    def of(cls, package: HourPackage, line: InvoiceLine, *, on: date) -> Self:
        """`before` are minutes that were drawn before the company kept its acts here."""
        since = package.seller.acts_since_on or date.min
        sales, by_day = _sales(package), _drawn_by_day(package, on=on)
        taxes = Taxes.of(package.seller, Treatment.STANDARD) if line.vat_category == CHARGED else None
        before = sum(total for day, total in by_day if day < since)
        after = [(day, total) for day, total in by_day if day >= since]
        room = max(0, sum(sale.minutes for sale in sales) - before)
        minutes: dict[Decimal | None, int] = defaultdict(int)
        for day, total in after:
            taken = min(total, room)
            minutes[taxes.percent(day) if taxes else None] += taken
            room -= taken
        acts = ServiceAct.objects.standing().filter(package=package, rendered_to_on__gte=since).order_by("pk")
        unsold = sum(total for _day, total in after) - sum(minutes.values())
        return cls(package, list(acts), minutes, sales, before, min([day for day, _total in after], default=on), unsold)

    @property
    def unconfirmed(self) -> int:
        confirmed: int = sum(act.minutes for act in self.acts)
        return sum(self.minutes.values()) - confirmed

    def first_on(self, last: date) -> date:
        """The period goes on where the last act ended; hours approved late are within the next one."""
        ends = [act.rendered_to_on for act in self.acts if act.rendered_to_on]
        return min(max(ends) + timedelta(days=1), last) if ends else self.began_on

    def rows(self) -> list[ActRow]:
        """A row for each rate. ValidationError `nothing_rendered`, `not_ready`, `wrong_status`."""
        stated = [row for act in self.acts for row in rows_of(act)]
        rates = {*self.minutes, *(row.rate for row in stated)}
        left = {rate: self.minutes.get(rate, 0) - _confirmed(stated, rate) for rate in rates}
        if any(minutes < 0 for minutes in left.values()):
            raise not_drawn()
        if not any(left.values()):
            raise _nothing_left(unsold=self.unsold)
        order = sorted((rate for rate in left if left[rate]), key=lambda rate: rate or ZERO)
        gross = self._value() - sum((row.gross for row in stated), ZERO)
        parts = allocate(gross, [left[rate] for rate in order], currency=self.package.currency)
        return [self._row(rate, left[rate], part) for rate, part in zip(order, parts, strict=True)]

    def _value(self) -> Decimal:
        """Steps along the price of the hours, so that the acts of a whole package add up to what was paid for it."""
        used, currency = self.before + sum(self.minutes.values()), self.package.currency
        return value_of_use(used, self.sales, currency) - value_of_use(self.before, self.sales, currency)

    def _row(self, rate: Decimal | None, minutes: int, gross: Decimal) -> ActRow:
        split = vat_from_gross(gross, rate or ZERO, currency=self.package.currency)
        return ActRow(
            text=ROW.format(name=self.package.name),
            quantity=round_half_up(Decimal(minutes) / MINUTES_PER_HOUR, 4),
            unit="HUR",
            net=split.net,
            vat=split.vat,
            rate=rate,
        )


def _confirmed(rows: Iterable[ActRow], rate: Decimal | None) -> int:
    return sum(int(round_half_up(row.quantity * MINUTES_PER_HOUR, 0)) for row in rows if row.rate == rate)


def _nothing_left(*, unsold: int) -> ValidationError:
    if unsold:
        return ValidationError(_("Issue the invoice of the added hours first."), code="not_ready")
    return ValidationError(_("No hours of this package are left to confirm."), code="nothing_rendered")


def _drawn_by_day(package: HourPackage, *, on: date) -> list[tuple[date, int]]:
    rows = LedgerRow.objects.of_work(on=on).filter(account=package.account_id).order_by("occurred_on")
    return list(rows.values_list("occurred_on").annotate(total=-Sum("minutes")))


def _sales(package: HourPackage) -> list[Sale]:
    """Hours that issued invoices sold, at what is left of their lines less discounts that stand beside them.

    Hours given back are taken off the last ones. What expired is no step of the price: it goes as a whole after the
    last draw, and an extension brings it back to where it was.
    """
    rows = LedgerRow.objects.filter(account=package.account_id)
    refunded = -(rows.filter(kind=LedgerRow.Kind.REFUND).aggregate(total=Sum("minutes"))["total"] or 0)
    sales: list[Sale] = []
    purchases = list(rows.filter(kind=LedgerRow.Kind.PURCHASE).order_by("pk"))
    for purchase in reversed(purchases):
        minutes = max(0, purchase.minutes - refunded)
        refunded -= purchase.minutes - minutes
        line = _line_of(package, purchase, is_first=purchase == purchases[0])
        if line and minutes:
            sales.append(Sale(purchase.occurred_on, minutes, price_left(line)))
    return sales[::-1]


def _line_of(package: HourPackage, purchase: LedgerRow, *, is_first: bool) -> InvoiceLine | None:
    """The issued line that sold these hours: the package's own for the first ones, of added ones that of the top-up."""
    sold = Q(package=package) if is_first else Q(purchase=purchase)
    lines = InvoiceLine.objects.standing().filter(sold, invoice__status=Invoice.Status.ISSUED, credits=None)
    return lines.select_related("invoice").first()
