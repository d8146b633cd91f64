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
from django.db.models import DateField, Exists, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow, ServiceAct
from billing.models.hours import PackageQuery
from billing.models.service_acts import WRITTEN_IN, not_drawn
from billing.rules.contract_liability import Sale, value_of_use
from billing.rules.service_acts import ActRow
from billing.rules.vat import Treatment
from billing.services.service_acts import CHARGED, Hours, Made, lock_for_act, make_each, rows_of, write_act
from billing.services.taxes import Taxes
from crm.db import MinutesField
from crm.models import User
from crm.money import allocate, quantise, round_half_up, vat_from_gross

ALWAYS = Value(date(1, 1, 1), output_field=DateField())
ZERO = Decimal(0)
ROW = "Услуги, оплаченные авансом: «{name}», использованные часы"  # acts are written in Russian
MINUTES_PER_HOUR = 60


def awaiting_hour_acts(rows: PackageQuery, *, on: date) -> PackageQuery:
    """Packages of companies that write acts, sold by an issued invoice, with drawn hours that no act confirms."""
    issued = InvoiceLine.objects.standing().filter(invoice__status=Invoice.Status.ISSUED)
    found = rows.filter(seller__country=WRITTEN_IN, kind=HourPackage.Kind.PAID, price__gt=0)
    return (
        found.annotate(drawn_minutes=_drawn_minutes(on), acted_minutes=_acted_minutes())
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

    ValidationError `wrong_seller`, `not_ready` without an issued invoice, `nothing_rendered`, `wrong_status` when acts
    confirm more than is drawn, `too_late` at `acted_on`, `period_locked`, `series_missing`, `number_order`.
    """
    line = sold_by(package)
    held = lock_for_act(line.invoice, acted_on=acted_on, today=timezone.localdate(at))
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
    """What of a package was drawn until a day, and what of that its standing acts confirm; minutes by VAT rate."""

    package: HourPackage
    acts: Sequence[ServiceAct]
    minutes: Mapping[Decimal | None, int]
    sales: Sequence[Sale]
    before: int
    began_on: date

    @classmethod
    def of(cls, package: HourPackage, line: InvoiceLine, *, on: date) -> Self:
        """`before` are minutes that were drawn before the company kept its acts here."""
        since = package.seller.acts_since_on or date.min
        taxes = Taxes.of(package.seller, Treatment.STANDARD) if line.vat_category == CHARGED else None
        minutes: dict[Decimal | None, int] = defaultdict(int)
        days = LedgerRow.objects.of_work(on=on).filter(account=package.account_id).order_by("occurred_on")
        before, first_on = 0, on
        for day, total in days.values_list("occurred_on").annotate(total=-Sum("minutes")):
            if day < since:
                before += total
            else:
                first_on = min(first_on, day)
                minutes[taxes.percent(day) if taxes else None] += total
        acts = list(ServiceAct.objects.standing().filter(package=package).order_by("pk"))
        return cls(package, acts, minutes, _sales(package, line), before, first_on)

    @property
    def unconfirmed(self) -> int:
        confirmed: int = sum(act.minutes for act in self.acts)
        return sum(self.minutes.values()) - confirmed

    def first_on(self, last: date) -> date:
        """The period goes on where the last act ended; hours approved late are within the next one."""
        ends = [act.rendered_to_on for act in self.acts if act.rendered_to_on]
        return min(max(ends) + timedelta(days=1), last) if ends else self.began_on

    def rows(self) -> list[ActRow]:
        """A row for each rate. ValidationError `nothing_rendered`, `wrong_status`."""
        left = {rate: total - self._confirmed(rate) for rate, total in self.minutes.items()}
        if any(minutes < 0 for minutes in left.values()):
            raise not_drawn()
        if not any(left.values()):
            raise ValidationError(_("No hours of this package are left to confirm."), code="nothing_rendered")
        rates = sorted((rate for rate in left if left[rate]), key=lambda rate: rate or ZERO)
        grosses = allocate(self._gross_left(), [left[rate] for rate in rates], currency=self.package.currency)
        return [self._row(rate, left[rate], gross) for rate, gross in zip(rates, grosses, strict=True)]

    def _confirmed(self, rate: Decimal | None) -> int:
        rows = (row for act in self.acts for row in rows_of(act) if row.rate == rate)
        return sum(int(round_half_up(row.quantity * MINUTES_PER_HOUR, 0)) for row in rows)

    def _gross_left(self) -> Decimal:
        """Steps along the price of the hours, so that the acts of a whole package add up to what was paid for it."""
        used = self.before + sum(self.minutes.values())
        value = [value_of_use(minutes, self.sales, self.package.currency) for minutes in (used, self.before)]
        return value[0] - value[1] - sum((row.gross for act in self.acts for row in rows_of(act)), ZERO)

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


def _sales(package: HourPackage, line: InvoiceLine) -> list[Sale]:
    """What was paid for the hours, with the VAT of their own invoice."""
    factor = 1 if package.price_includes_tax or line.vat_category != CHARGED else 1 + line.vat_rate / 100
    bought = LedgerRow.objects.filter(account=package.account_id, kind=LedgerRow.Kind.PURCHASE).order_by("pk")
    return [
        Sale(row.occurred_on, row.minutes, quantise((row.price or ZERO) * factor, package.currency)) for row in bought
    ]
