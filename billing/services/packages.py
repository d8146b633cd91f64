"""Hour packages: sold or granted, topped up, voided while untouched; each act is a row in the ledger."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BurnFactor, HourAccount, HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.models.hours import OveragePolicy
from billing.rules.vat import Regime, sells_multi_purpose
from billing.services import ledger
from billing.services.agreed_drafts import draft_package_invoice, draft_top_up
from billing.services.alerts import rearm_alerts
from billing.services.drafts import delete_draft, remove_line
from billing.services.figures import refresh_hours
from billing.services.first_orders import note_order
from billing.services.waiting import cover_waiting, lock_waiting
from clients.models import ServiceLine
from crm.db import worded
from crm.models import User

TERMS = (
    "name",
    "grant_reason",
    "priority",
    "pay_before_use",
    "draw_on_log",
    "overage_policy",
    "overage_rate",
    "negative_limit_minutes",
    "burn_factor",
    "factor_on_overage",
)


@transaction.atomic
def buy_package(
    package: HourPackage, *, service_lines: Collection[ServiceLine] = (), by: User | None, on: date, at: datetime
) -> HourPackage:
    """Opens the account and books the hours; a granted package costs nothing and names its reason.

    A package that was valid before today is booked on its first day, so that a statement never begins below zero.
    """
    granted = package.kind == HourPackage.Kind.GRANTED
    if package.pk:
        raise ValueError("a package is bought once; more hours are a top-up")
    _check_multi_purpose(package)
    waiting = lock_waiting(package.client)
    package.name = package.name or _("%(hours)s hours") % {"hours": f"{package.purchased_minutes / 60:g}"}
    with worded():
        package.account = ledger.open_account(package.client, overdraft_minutes=_overdraft(package))
        package.save(force_insert=True)
        package.service_lines.set(service_lines)
        ledger.book_purchase(
            package.account,
            minutes=package.purchased_minutes,
            price=package.price,
            granted=granted,
            source=package.grant_reason if granted else package.name,
            on=min(on, package.valid_from),
            by=by,
            at=at,
        )
    cover_waiting(waiting, by=by, at=at)
    refresh_hours([package.client], on=on)
    return package


@transaction.atomic
def sell_package(
    package: HourPackage, *, service_lines: Collection[ServiceLine] = (), by: User, on: date, at: datetime
) -> HourPackage:
    """Opens a package and drafts its advance invoice; what costs nothing has none."""
    sold = buy_package(package, service_lines=service_lines, by=by, on=on, at=at)
    if sold.kind == HourPackage.Kind.PAID and sold.price:
        sold.invoice_line = draft_package_invoice(sold, by=by, on=on).lines.get(kind="package")
        note_order(sold, at=at)
    return sold


@transaction.atomic
def top_up(
    package: HourPackage, *, minutes: int, price: Decimal, by: User, on: date, at: datetime, source: str = ""
) -> HourPackage:
    """More hours on the same package: minutes and price add up, alerts are armed again, waiting work is covered.

    Hours with a price are drafted as an advance invoice of their own.
    ValidationError `wrong_status` for a package that is void, or has expired: its hours would be gone at once. The
    ledger says so too: who asked before midnight and waited for the expiry comes too late.
    """
    if minutes <= 0:
        raise ValidationError({"minutes": ValidationError(_("Add at least one minute."), code="min_value")})
    if price < 0:
        raise ValidationError({"price": ValidationError(_("A price is not negative."), code="min_value")})
    waiting = lock_waiting(package.client)
    package = _locked(package)
    check_usable(package, on=on)
    package.purchased_minutes += minutes
    package.price += price
    package.save(update_fields=["purchased_minutes", "price"])
    bought = ledger.book_purchase(
        package.account, minutes=minutes, price=price, source=source or str(_("Top-up")), on=on, by=by, at=at
    )
    if price:
        draft_top_up(package, bought, by=by, on=on)
    rearm_alerts(package, balance=HourAccount.objects.get(pk=package.account_id).balance_minutes, at=at)
    cover_waiting(waiting, by=by, at=at)
    refresh_hours([package.client], on=on)
    return package


@transaction.atomic
def void_package(package: HourPackage, *, reason: str, by: User, on: date, at: datetime) -> HourPackage:
    """Takes a package out of use that nothing was ever drawn from, and drops the drafts of its invoices.

    ValidationError `wrong_status` once hours were drawn, or while an issued invoice still asks for its price.
    """
    _drop_drafts(package)
    package = _locked(package)
    if package.voided_on:
        raise ValidationError(_("This package is void already."), code="already_done")
    if LedgerRow.objects.filter(account=package.account_id, kind=LedgerRow.Kind.DRAW).exists():
        raise ValidationError(_("Hours were drawn from this package; it cannot be void."), code="wrong_status")
    balance = HourAccount.objects.get(pk=package.account_id).balance_minutes
    if balance:
        ledger.adjust_balance(package.account, minutes=-balance, reason=reason, on=on, by=by, at=at)
    package.voided_on = on
    package.save(update_fields=["voided_on"])
    refresh_hours([package.client], on=on)
    return package


@transaction.atomic
def change_package(
    package: HourPackage, *, service_lines: Collection[ServiceLine] | None = None, by: User | None, at: datetime
) -> HourPackage:
    """Saves changed terms; the limit below zero follows the policy. Hours and price change by top-up only.

    What awaited a top-up is covered as the new terms say: nothing waits for hours that nobody has to buy any more.

    Nothing else is written: a top-up may have come since the package was read.
    """
    waiting = lock_waiting(package.client)
    with worded():
        package.save(update_fields=TERMS)
        HourAccount.objects.filter(pk=package.account_id).update(overdraft_minutes=_overdraft(package))
        if service_lines is not None:
            package.service_lines.set(service_lines)
    cover_waiting(waiting, by=by, at=at, priced=package.overage_policy != OveragePolicy.REQUIRE_TOP_UP)
    return package


@transaction.atomic
def change_terms(
    package: HourPackage,
    *,
    lines: Collection[ServiceLine] | None,
    burns: Iterable[Mapping[str, Any]] | None,
    by: User,
    at: datetime,
) -> HourPackage:
    """Changed terms and burn factors, both or none; factors first, as waiting work is covered by them."""
    if burns is not None:
        set_burn_factors(package, burns)
    return change_package(package, service_lines=lines, by=by, at=at)


@transaction.atomic
def set_burn_factors(package: HourPackage, rows: Iterable[Mapping[str, Any]]) -> HourPackage:
    """Replaces the factors by which hours burn; draws that were booked keep theirs."""
    package.burn_factors.all().delete()
    with worded():
        BurnFactor.objects.bulk_create(BurnFactor(package=package, **row) for row in rows)
    return package


def _drop_drafts(package: HourPackage) -> None:
    """Takes lines that sell the hours off drafts, and drafts away on which nothing else stands."""
    for line in InvoiceLine.objects.sale_of(package).select_related("invoice"):
        if line.invoice.status == Invoice.Status.DRAFT:
            alone = not line.invoice.lines.exclude(pk=line.pk).exclude(kind=InvoiceLine.Kind.EXTRA).exists()
            delete_draft(line.invoice) if alone else remove_line(line)
        elif line.is_live():
            message = _("Its invoice %(number)s stands; credit that first.")
            raise ValidationError(message, code="wrong_status", params={"number": line.invoice.number})


def check_usable(package: HourPackage, *, on: date) -> None:
    """ValidationError `wrong_status` for a package that takes no more hours: void, or over."""
    if package.voided_on:
        raise ValidationError(_("This package is void."), code="wrong_status")
    ended = LedgerRow.objects.recoverable().filter(account=package.account_id).exists()
    if package.expires_on and (ended or package.expires_on < on):
        message = _("This package expired on %(day)s; extend it first.")
        raise ValidationError(message, code="wrong_status", params={"day": package.expires_on.isoformat()})


def _check_multi_purpose(package: HourPackage) -> None:
    """ValidationError `multi_purpose` at the choice where its VAT cannot wait for the use of the hours."""
    if not package.multi_purpose:
        return
    seller = package.seller
    faults = (
        (
            not sells_multi_purpose(seller_country=seller.country, regime=Regime(seller.vat_regime)),
            _("Only an own company in the EU that charges VAT sells multi-purpose hours."),
        ),
        (package.kind != HourPackage.Kind.PAID or not package.price, _("Multi-purpose hours have a price.")),
        (not package.price_includes_tax, _("The price of multi-purpose hours includes the VAT.")),
        (
            package.overage_policy == OveragePolicy.ALLOW_NEGATIVE,
            _("Multi-purpose hours cannot go below zero: what was not paid for is not redeemed."),
        ),
    )
    for applies, message in faults:
        if applies:
            raise ValidationError({"multi_purpose": ValidationError(message, code="multi_purpose")})


def _overdraft(package: HourPackage) -> int:
    allowed = package.overage_policy == OveragePolicy.ALLOW_NEGATIVE
    return package.negative_limit_minutes if allowed else 0


def _locked(package: HourPackage) -> HourPackage:
    """The package with its account, both locked, the package first."""
    row = HourPackage.objects.locked().get(pk=package.pk)
    ledger.lock_accounts([row.account_id])
    return row
