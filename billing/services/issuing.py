"""Issuing: one short transaction that freezes a draft and takes the next number, its series locked last.

Locks are taken in one order everywhere: the period, the document, its entries, the rollup, the series. So any number
of workers issue at once without a gap, a double or a deadlock. Files and mail follow after commit from the outbox.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from billing.models import (
    BilledCoverage,
    Coverage,
    DocumentDelivery,
    Invoice,
    InvoiceLine,
    Series,
    ShownEntry,
    TimeEntry,
)
from billing.services.currencies import base_currency, require_base
from billing.services.drafts import locked_draft
from billing.services.frozen import canonical_invoice, freeze_buyer, freeze_seller, sha256_of
from billing.services.locks import check_documents_open
from billing.services.notices import raised_on
from billing.services.revenue import book_revenue, split_base
from billing.services.series import series_of, take_number
from billing.services.taxes import Taxes, treatment_of
from billing.services.totals import reckon_draft
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User
from crm.money import quantise

SERIES = {
    Invoice.Kind.INVOICE: Series.Kind.INVOICE,
    Invoice.Kind.CREDIT_NOTE: Series.Kind.CREDIT_NOTE,
}

FULL = "full"  # billing.services.credits.CreditKind, which stands above this module
AHEAD = (InvoiceLine.Kind.PACKAGE, InvoiceLine.Kind.ADVANCE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft cannot be issued yet; `code` as in the API's errors."""

    code: str
    message: Any


class Check(Protocol):
    """What an upper floor asks of a document before it is issued.

    `quick` names what is missing without looking at lines, for lists. `prepare` does what takes long, in a worker;
    `whole` looks at what it left and raises ValidationError.
    """

    def quick(self, draft: Invoice, /) -> Iterable[Problem]: ...

    def prepare(self, draft: Invoice, /, *, at: datetime) -> None: ...

    def whole(self, draft: Invoice, /, *, on: date) -> None: ...


_checks: list[Check] = []


def register_check(check: Check) -> None:
    """From an app's `ready()`."""
    _checks.append(check)


def prepare_draft(draft: Invoice, *, at: datetime) -> None:
    """Does the long part of the checks, so that issuing can be short; workers call it before they issue."""
    for check in _checks:
        check.prepare(draft, at=at)


@transaction.atomic
def issue_invoice(invoice: Invoice, *, issued_on: date, by: User | None, at: datetime) -> Invoice:
    """Issues a draft under the next number of its series.

    ValidationError: `wrong_status` if it is issued already, `period_locked`, `number_order`, `exchange_rate_missing`,
    `tax_point`, `cap_raised`, the codes of `problems_of`, and of the checks `not_checked` while `prepare_draft` has not
    seen it so.
    """
    check_documents_open(invoice.seller, on=issued_on)
    draft = reckon_draft(locked_draft(invoice))
    for problem in problems_of(draft):
        raise ValidationError(problem.message, code=problem.code)
    _check_tax_points(draft, on=issued_on)
    _check_caps(draft)
    return seal_document(draft, issued_on=issued_on, by=by, at=at)


def seal_document(draft: Invoice, *, issued_on: date, by: User | None, at: datetime) -> Invoice:
    """Freezes a locked, reckoned draft (an invoice or a credit note), numbers it and writes its outbox row.

    ValidationError of the registered checks: a document that its receiver would refuse is not issued.
    """
    for check in _checks:
        check.whole(draft, on=issued_on)
    lines = list(draft.lines.select_related("credits").order_by("position"))
    _freeze(draft, issued_on=issued_on, by=by)
    _write_base(draft, lines, on=issued_on)
    _mark_entries(lines)
    book_revenue(draft, lines)
    numbered = take_number(series_of(draft.seller, SERIES[Invoice.Kind(draft.kind)]), on=issued_on)
    draft.series, draft.number, draft.sequence = numbered
    draft.content_sha256 = sha256_of(canonical_invoice(draft))
    with worded():
        draft.save()
    DocumentDelivery.objects.create(invoice=draft, recipient=draft.client.billing_email, next_attempt_at=at)
    enqueue("billing.tasks.deliver_document", draft.pk)
    enqueue("billing.tasks.refresh_money_figures", draft.client_id)
    return draft


def problems_of(draft: Invoice) -> list[Problem]:
    """Why a draft cannot be issued, in words that a person can act on; empty when it is ready.

    Rows of `with_readiness()` bring along what is asked of the database otherwise.
    """
    known = vars(draft)
    has_lines = known["has_lines"] if "has_lines" in known else draft.lines.exists()
    has_series = known["has_series"] if "has_series" in known else _has_series(draft)
    found = (
        (not has_lines, "nothing_to_invoice", _("The draft has no lines.")),
        (draft.gross_amount < 0 or draft.vat_amount < 0, "negative_total", _("The total is negative.")),
        (
            draft.treatment != treatment_of(draft.seller, draft.client),
            "treatment_changed",
            _("Country or VAT ID changed since it was drafted: draft it anew."),
        ),
        (not has_series, "series_missing", _("The own company has no number series.")),
    )
    own = [Problem(code, message) for applies, code, message in found if applies]
    return own + [problem for check in _checks for problem in check.quick(draft)]


def _check_caps(draft: Invoice) -> None:
    """Hours over a cap that was raised since they were drafted would stand free of charge for ever."""
    for offer in raised_on(draft):
        message = _("Hours stand here free of charge that %(offer)s lets bill since it was revised: draft it anew.")
        raise ValidationError(message, code="cap_raised", params={"offer": str(offer)})


def _check_tax_points(draft: Invoice, *, on: date) -> None:
    """What is sold ahead is taxed on the day of its own invoice; a draft from before a change of rate is stale."""
    taxes = Taxes.of(draft.seller, draft.treatment)
    for line in draft.lines.filter(kind__in=AHEAD, vat_category="S", supplied_to__isnull=False):
        if line.supplied_to and line.vat_rate == taxes.percent(line.supplied_to) != taxes.percent(on):
            raise ValidationError(_("The VAT rate changed since it was drafted: draft it anew."), code="tax_point")


def _has_series(draft: Invoice) -> bool:
    wanted = SERIES[Invoice.Kind(draft.kind)]
    return draft.seller.series.filter(kind=wanted).exists()


def _freeze(draft: Invoice, *, issued_on: date, by: User | None) -> None:
    terms = draft.client.payment_terms_days
    days = draft.seller.payment_terms_days if terms is None else terms
    draft.status = Invoice.Status.ISSUED
    draft.issued_on, draft.issued_by = issued_on, by
    draft.due_on = issued_on + timedelta(days=days)
    draft.supply_from = draft.supply_from or issued_on
    draft.supply_to = draft.supply_to or issued_on
    draft.seller_frozen = freeze_seller(draft.seller, currency=draft.currency)
    draft.buyer_frozen = freeze_buyer(draft.client)


def _write_base(draft: Invoice, lines: list[InvoiceLine], *, on: date) -> None:
    """The net amount in the base currency at the rate of the day of issue, on the document and on its lines.

    A full cancellation takes the rate of its invoice, so that both come to nothing to the cent, with their VAT.
    """
    if draft.corrects and draft.correction_kind == FULL:
        _write_base_of(draft.corrects, draft, lines)
        return
    conversion = require_base(draft.net_amount, draft.currency, on=on)
    draft.base_rate, draft.base_net_amount = conversion.rate, conversion.amount
    nets = [line.net_amount for line in lines]
    parts = split_base(nets, total=conversion.amount, rate=conversion.rate, currency=base_currency())
    for line, part in zip(lines, parts, strict=True):
        line.base_net_amount = part
    InvoiceLine.objects.bulk_update(lines, ["base_net_amount"])


def _write_base_of(invoice: Invoice, draft: Invoice, lines: list[InvoiceLine]) -> None:
    """What the lines of a cancellation were worth on its invoice, as it was frozen there."""
    rate = invoice.base_rate or Decimal(1)
    for line in lines:
        of = line.credits
        whole = of is not None and of.net_amount == line.net_amount
        line.base_net_amount = of.base_net_amount if of and whole else quantise(line.net_amount * rate, base_currency())
    draft.base_rate = rate
    draft.base_net_amount = sum((line.base_net_amount or Decimal(0) for line in lines), Decimal(0))
    InvoiceLine.objects.bulk_update(lines, ["base_net_amount"])


def _mark_entries(lines: list[InvoiceLine]) -> None:
    """Entries that now stand on a document in full are invoiced; one with an open rest stays approved."""
    billed = BilledCoverage.objects.filter(line__in=lines, released_by=None, entry__isnull=False)
    shown = ShownEntry.objects.filter(line__in=lines, released_by=None)
    standing = {*billed.values_list("entry", flat=True), *shown.values_list("entry", flat=True)}
    rest = Coverage.objects.filter(entry=OuterRef("pk"), is_billed=False).exclude(source=Coverage.Source.OFFER)
    whole = TimeEntry.objects.filter(~Exists(rest), pk__in=standing, status=TimeEntry.Status.APPROVED)
    ids = list(whole.locked().values_list("pk", flat=True))
    TimeEntry.objects.filter(pk__in=ids).update(status=TimeEntry.Status.INVOICED)
