"""Reminders sent: one letter to a client for each own company and currency, every invoice at its own level, once.

A letter is a row first and a mail afterwards: the row is the outbox.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from billing.models import DunningItem, DunningLevel, DunningNotice, DunningStop, DunningText, Invoice
from billing.models.dunning import last_reminder
from billing.models.invoices import InvoiceQuery
from billing.rules.dunning import STEPS, TO_PAY, next_level
from billing.rules.dunning_words import Letter, fill, letter_in
from billing.services.frozen import freeze_buyer, freeze_seller
from clients.models import Client, Seller
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User
from crm.web.formats import write_money


class Party(NamedTuple):
    """What one letter has one of."""

    client: Client
    seller: Seller
    currency: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An overdue invoice with the level that it is due for; 0 while it is too early or stopped."""

    invoice: Invoice
    level: int
    last_level: int
    last_on: date | None
    stop: DunningStop | None

    @property
    def amount(self) -> Decimal:
        return self.invoice.balance_amount


def steps_now() -> tuple[int, ...]:
    """Days past due of the three levels, as the firm has set them."""
    entered = dict(DunningLevel.objects.values_list("level", "days"))
    return tuple(entered.get(level, days) for level, days in enumerate(STEPS, start=1))


def letter_now(language: str, level: int) -> Letter:
    """The firm's own words, or the ones that the product brings."""
    own = DunningText.objects.filter(language=language, level=level).first()
    return Letter(own.subject, own.body) if own else letter_in(language, level)


def claims_of(rows: InvoiceQuery, *, on: date) -> list[Claim]:
    """Overdue invoices among the rows, the oldest debt first, each with what comes next."""
    related = rows.overdue(on=on).select_related("client__figures", "client__merged_into__figures", "seller")
    stops = DunningStop.objects.standing().select_related("made_by")
    related = related.prefetch_related(
        Prefetch("dunning_items", DunningItem.objects.select_related("notice")),
        Prefetch("dunning_stops", stops, to_attr="standing_stops"),
    )
    steps = steps_now()
    return [_claim(invoice, steps, on) for invoice in related.order_by("due_on", "pk")]


def by_party(claims: Iterable[Claim]) -> dict[Party, list[Claim]]:
    """Claims that go on one letter; those of a merged client are the survivor's."""
    found: dict[Party, list[Claim]] = defaultdict(list)
    for claim in claims:
        invoice = claim.invoice
        found[Party(invoice.client.holder, invoice.seller, invoice.currency)].append(claim)
    return dict(found)


@transaction.atomic
def send_reminders(invoices: Sequence[Invoice], *, on: date, by: User, at: datetime) -> list[DunningNotice]:
    """Writes the letters about these invoices and lets them be mailed.

    ValidationError `dunning_not_due` names the first invoice that is paid, stopped or too early; nothing is sent then.
    """
    asked = {invoice.pk for invoice in invoices}
    list(Invoice.objects.filter(pk__in=asked).locked())
    claims = [claim for claim in claims_of(Invoice.objects.filter(pk__in=asked), on=on) if claim.level]
    if missing := asked - {claim.invoice.pk for claim in claims}:
        number = Invoice.objects.get(pk=min(missing)).number
        raise ValidationError(
            _("%(number)s is not due for a reminder."), code="dunning_not_due", params={"number": number}
        )
    return [_write(party, own, on=on, by=by, at=at) for party, own in by_party(claims).items()]


def draft_letter(party: Party, claims: Sequence[Claim], *, on: date) -> DunningNotice:
    """The letter as it would be sent, not saved; its level is the highest of its invoices."""
    level = max(claim.level for claim in claims)
    total = sum((claim.amount for claim in claims), Decimal(0))
    language = party.client.language
    letter = letter_now(language, level)
    with translation.override(language):
        values = _values(party, claims, total, on=on, language=language)
    return DunningNotice(
        client=party.client,
        seller=party.seller,
        currency=party.currency,
        level=level,
        language=language,
        dated_on=on,
        pay_until_on=on + TO_PAY,
        subject=fill(letter.subject, values)[:200],
        body=fill(letter.body, values),
        total_amount=total,
        seller_frozen=freeze_seller(party.seller, currency=party.currency),
        buyer_frozen=freeze_buyer(party.client),
        recipient=party.client.billing_email,
    )


@transaction.atomic
def stop_dunning(invoice: Invoice, *, reason: str, on: date, by: User) -> DunningStop:
    """Stops reminders of an invoice that the client disputes.

    ValidationError `wrong_status` for a draft, `required` without a reason, `already_done` when it is stopped.
    """
    row = Invoice.objects.locked().get(pk=invoice.pk)
    if row.status != Invoice.Status.ISSUED or row.kind != Invoice.Kind.INVOICE:
        raise ValidationError(_("Only an issued invoice is reminded of."), code="wrong_status")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    with worded():
        return DunningStop.objects.create(invoice=row, reason=reason.strip()[:200], since_on=on, made_by=by)


@transaction.atomic
def lift_stop(invoice: Invoice, *, on: date, by: User) -> DunningStop:
    """Lets an invoice be reminded of again. ValidationError `already_done` if nothing stops it."""
    stop = DunningStop.objects.standing().filter(invoice=invoice).locked().first()
    if stop is None:
        raise ValidationError(_("Nothing stops its reminders."), code="already_done")
    stop.lifted_on, stop.lifted_by = on, by
    stop.save(update_fields=["lifted_on", "lifted_by"])
    return stop


@transaction.atomic
def set_levels(days: Mapping[int, int]) -> None:
    """The firm's own days. ValidationError `dunning_order` unless each level comes after the one before."""
    ordered = [days[level] for level in sorted(days)]
    if ordered != sorted(set(ordered)):
        raise ValidationError(_("Each level falls due later than the one before."), code="dunning_order")
    with worded():
        for level, value in days.items():
            DunningLevel.objects.update_or_create(level=level, defaults={"days": value})


def _claim(invoice: Invoice, steps: tuple[int, ...], on: date) -> Claim:
    stops: list[DunningStop] = getattr(invoice, "standing_stops", [])
    last_level, last_on = last_reminder(invoice)
    level = next_level(invoice.due_on or on, on=on, last_level=last_level, last_on=last_on, steps=steps)
    return Claim(invoice, 0 if stops else level, last_level, last_on, stops[0] if stops else None)


def _write(party: Party, claims: Sequence[Claim], *, on: date, by: User, at: datetime) -> DunningNotice:
    notice = draft_letter(party, claims, on=on)
    notice.made_by, notice.next_attempt_at = by, at
    notice.save()
    items = [
        DunningItem(
            notice=notice,
            invoice=claim.invoice,
            level=claim.level,
            due_on=claim.invoice.due_on or on,
            amount=claim.amount,
        )
        for claim in claims
    ]
    with worded():
        DunningItem.objects.bulk_create(items)
    enqueue("billing.tasks.mail_reminder", notice.pk)
    return notice


def _values(party: Party, claims: Sequence[Claim], total: Decimal, *, on: date, language: str) -> dict[str, str]:
    return {
        "total": str(write_money(total, party.currency)),
        "pay_until": format_date(on + TO_PAY, "long", locale=language),
        "seller": party.seller.name,
        "number": ", ".join(claim.invoice.number for claim in claims),
    }
