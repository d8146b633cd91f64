"""Making acts of services: one for each invoice of a Russian company, numbered in the order of their days."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import (
    HourPackage,
    Invoice,
    InvoiceLine,
    Series,
    ServiceAct,
    ServiceActSignature,
    ServiceActWithdrawal,
)
from billing.models.invoices import InvoiceQuery
from billing.models.service_acts import WRITTEN_IN, already_acted, already_signed
from billing.rules.service_acts import ActRefusedError, ActRow, act_rows
from billing.rules.vat import states_rate
from billing.services.act_rows import as_json
from billing.services.advance_vat import bills_of, lock_bills, set_off_act
from billing.services.credits import left_on_lines
from billing.services.frozen import sha256_of
from billing.services.locks import check_documents_open
from billing.services.series import series_of, take_number
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User
from crm.money import round_half_up

KINDS = InvoiceLine.Kind
# Money ahead of the work, and its way back, is confirmed by no act: the act of the work states the whole service.
AHEAD = (KINDS.PACKAGE, KINDS.ADVANCE, KINDS.SET_OFF)


@dataclass(frozen=True, slots=True)
class Made[T]:
    """What came of many acts at once: those that were made, and why the others were not."""

    acts: list[ServiceAct]
    refused: list[tuple[T, ValidationError]]


class Hours(NamedTuple):
    """The hours that an act confirms, and the days in which they were drawn."""

    package: HourPackage
    minutes: int
    rendered_from_on: date
    rendered_to_on: date


def awaiting_acts(rows: InvoiceQuery, *, on: date) -> InvoiceQuery:
    """Invoices whose services are rendered by a day and that no act confirms yet, the earliest first."""
    lines = InvoiceLine.objects.standing().filter(invoice=OuterRef("pk"), amount__gt=0)
    services = lines.exclude(kind__in=AHEAD)
    found = rows.standing().filter(seller__country=WRITTEN_IN, supply_to__lte=on)
    found = found.filter(Q(seller__acts_since_on=None) | Q(supply_to__gte=F("seller__acts_since_on")))
    acts = ServiceAct.objects.standing().filter(invoice=OuterRef("pk"), package=None)
    return found.filter(~Exists(acts), Exists(services)).order_by("supply_to", "issued_on", "sequence")


def rows_to_state(invoice: Invoice) -> list[ActRow]:
    """What an act of the invoice would state: its services, less what credit notes took back before."""
    rows = [
        ActRow(
            text=line.description,
            quantity=_left(line, left.amount),
            unit=line.unit,
            net=left.net,
            vat=left.vat,
            rate=line.vat_rate if states_rate(line.vat_category) else None,
        )
        for line, left in left_on_lines(invoice).items()
        if line.kind not in AHEAD
    ]
    return act_rows(rows, currency=invoice.currency)


def _left(line: InvoiceLine, amount: Decimal) -> Decimal:
    """The quantity that the amount still stands for."""
    whole = amount == line.amount or not line.amount
    return line.quantity if whole else round_half_up(line.quantity * amount / line.amount, 4)


def usual_day(invoices: Sequence[Invoice], *, on: date) -> date:
    """The day that acts of all of them may have: the last day of service, and no earlier than the newest act."""
    sellers = {invoice.seller_id for invoice in invoices}
    newest = ServiceAct.objects.filter(seller__in=sellers).aggregate(day=Max("acted_on"))["day"]
    days = [invoice.supply_to for invoice in invoices if invoice.supply_to]
    return min(on, max([*days, *([newest] if newest else [])], default=on))


@transaction.atomic
def make_act(invoice: Invoice, *, acted_on: date, by: User, at: datetime) -> ServiceAct:
    """The act of an issued invoice, under the next number of its series.

    ValidationError `wrong_status` for a draft or credit note, `wrong_seller`, `already_done`, `nothing_rendered`,
    `too_early` and `too_late` at `acted_on`, `period_locked`, `series_missing`, `number_order`.
    """
    bills = bills_of(invoice, account=None)
    held = lock_for_act(invoice, acted_on=acted_on, today=timezone.localdate(at), bills=bills)
    return write_act(held, rows=_stated(held, acted_on=acted_on), acted_on=acted_on, by=by, at=at)


def lock_for_act(invoice: Invoice, *, acted_on: date, today: date, bills: Collection[int] = ()) -> Invoice:
    """The invoice, locked, of a company that writes acts; the day is neither locked nor to come.

    With it are locked the `bills` whose money the act sets off.
    """
    check_documents_open(invoice.seller, on=acted_on)
    lock_bills({invoice.pk, *bills})
    held = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("seller").get(pk=invoice.pk)
    if held.status != Invoice.Status.ISSUED or held.kind != Invoice.Kind.INVOICE:
        raise ValidationError(_("Only an issued invoice is confirmed by an act."), code="wrong_status")
    if held.seller.country != WRITTEN_IN:
        raise ValidationError(_("Only own companies in Russia write acts."), code="wrong_seller")
    if acted_on > today:
        raise _at("acted_on", _("This day is yet to come."), "too_late")
    return held


def write_act(
    invoice: Invoice, *, rows: Sequence[ActRow], acted_on: date, by: User, at: datetime, hours: Hours | None = None
) -> ServiceAct:
    """Writes an act under the next number of its series, of prepaid hours where they are named.

    The VAT of money that came in ahead for it is deducted with it.
    """
    numbered, kept = take_number(series_of(invoice.seller, Series.Kind.ACT), on=acted_on), as_json(rows)
    with worded():
        act = ServiceAct.objects.create(
            invoice=invoice,
            seller=invoice.seller,
            series=numbered.series,
            number=numbered.number,
            sequence=numbered.sequence,
            acted_on=acted_on,
            rows=kept,
            content_sha256=sha256_of({"invoice": invoice.content_sha256, "number": numbered.number, "rows": kept}),
            made_by=by,
            created_at=at,
            **(hours._asdict() if hours else {}),
        )
    set_off_act(act, by=by, at=at)
    enqueue("billing.tasks.keep_act_files", act.pk)
    return act


@transaction.atomic
def withdraw_act(act: ServiceAct, *, reason: str, on: date, by: User, at: datetime) -> ServiceActWithdrawal:
    """Takes a wrong act back; its invoice waits for another one, which has the next number.

    ValidationError `required` without a reason, `already_done`, `wrong_status` once signed, `period_locked`.
    """
    check_documents_open(act.seller, on=on)
    row = ServiceAct.objects.locked().get(pk=act.pk)
    if not reason.strip():
        raise _at("reason", _("Write a reason."), "required")
    if ServiceActWithdrawal.objects.filter(act=row).exists():
        raise ValidationError(_("The act is taken back already."), code="already_done")
    if ServiceActSignature.objects.filter(act=row).exists():
        raise already_signed()
    with worded():
        return ServiceActWithdrawal.objects.create(
            act=row, withdrawn_on=on, reason=reason.strip()[:200], made_by=by, created_at=at
        )


def make_acts(invoices: Iterable[Invoice], *, acted_on: date, by: User, at: datetime) -> Made[Invoice]:
    """The acts of many invoices on one day; each is made or refused by itself."""
    return make_each(invoices, lambda invoice: make_act(invoice, acted_on=acted_on, by=by, at=at))


def make_each[T](subjects: Iterable[T], make: Callable[[T], ServiceAct]) -> Made[T]:
    made = Made[T]([], [])
    for subject in subjects:
        try:
            made.acts.append(make(subject))
        except ValidationError as refused:
            made.refused.append((subject, refused))
    return made


@transaction.atomic
def sign_act(act: ServiceAct, *, signed_on: date, signed_by: str, by: User, today: date) -> ServiceActSignature:
    """Records that the client signed. ValidationError `already_done`, or at `signed_on` for a day that cannot be."""
    ServiceAct.objects.locked().get(pk=act.pk)
    if ServiceActWithdrawal.objects.filter(act=act).exists():
        raise ValidationError(_("The act is taken back."), code="wrong_status")
    if ServiceActSignature.objects.filter(act=act).exists():
        raise ValidationError(_("The signature is recorded already."), code="already_done")
    if signed_on < act.acted_on:
        raise _at("signed_on", _("The act is of a later day."), "too_early")
    if signed_on > today:
        raise _at("signed_on", _("This day is yet to come."), "too_late")
    with worded():
        return ServiceActSignature.objects.create(act=act, signed_on=signed_on, signed_by=signed_by, recorded_by=by)


def take_back_signature(act: ServiceAct) -> None:
    """The act waits again. ValidationError `already_done` without a signature."""
    if not ServiceActSignature.objects.filter(act=act).delete()[0]:
        raise ValidationError(_("No signature is recorded."), code="already_done")


def _stated(invoice: Invoice, *, acted_on: date) -> list[ActRow]:
    """The rows of an act that may be made."""
    if ServiceAct.objects.standing().filter(invoice=invoice, package=None).exists():
        raise already_acted()
    if invoice.supply_to and acted_on < invoice.supply_to:
        raise _at("acted_on", _("The service is rendered only on a later day."), "too_early")
    try:
        return rows_to_state(invoice)
    except ActRefusedError as refused:
        raise ValidationError(_("No service of this invoice is left to confirm."), code=refused.code) from refused


def _at(field: str, words: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(words, code=code)})
