"""Who is to be chased: overdue claims by letter, what is due now, what waits and what is in dispute."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.documents.reminders import LetterPaper, letter_of
from billing.models import DunningItem, DunningNotice, Invoice, Payment
from billing.rules.ageing import days_past_due
from billing.services.dunning import Claim, Party, by_party, claims_of, draft_letter
from clients.models.client import holder_of
from crm.models import User


@dataclass(frozen=True, slots=True)
class ChaseRow:
    claim: Claim
    days: int


@dataclass(frozen=True, slots=True)
class Chase:
    """What one client owes one own company in one currency; `level` is that of the letter, 0 while none is due.

    `credit_amount` is what the client has paid and nothing settles: to be applied before anybody is reminded.
    """

    party: Party
    rows: list[ChaseRow]
    level: int
    amount: Decimal
    due_amount: Decimal
    disputed_amount: Decimal
    credit_amount: Decimal = Decimal(0)

    @property
    def days(self) -> int:
        return max(row.days for row in self.rows)

    @property
    def due_invoices(self) -> list[int]:
        return [row.claim.invoice.pk for row in self.rows if row.claim.level]


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter before it is sent, and the invoices on it."""

    notice: DunningNotice
    paper: LetterPaper
    invoices: list[int]


def chase_list(user: User, *, on: date) -> list[Chase]:
    """All that is overdue: letters that are due first, by the highest level, then the oldest debt."""
    claims, credit = claims_of(Invoice.objects.visible_to(user), on=on), _credits(user)
    found = [
        replace(_chase(party, own, on), credit_amount=credit.get(_key(party), Decimal(0)))
        for party, own in by_party(claims).items()
    ]
    return sorted(found, key=lambda each: (not each.level, -each.level, -each.days))


def count_clients(chases: Iterable[Chase]) -> int:
    """A client may get several letters: one for each own company and currency."""
    return len({chase.party.client.pk for chase in chases})


def preview_letters(user: User, invoices: Iterable[int], *, on: date) -> list[Preview]:
    """The letters about those of the invoices that are due."""
    rows = Invoice.objects.visible_to(user).filter(pk__in=list(invoices))
    claims = [claim for claim in claims_of(rows, on=on) if claim.level]
    return [_preview(party, own, on) for party, own in by_party(claims).items()]


def _chase(party: Party, claims: list[Claim], on: date) -> Chase:
    return Chase(
        party=party,
        rows=[ChaseRow(claim, days_past_due(claim.invoice.due_on or on, on=on)) for claim in claims],
        level=max(claim.level for claim in claims),
        amount=_sum(claims),
        due_amount=_sum(claim for claim in claims if claim.level),
        disputed_amount=_sum(claim for claim in claims if claim.stop),
    )


def _credits(user: User) -> dict[tuple[int, int, str], Decimal]:
    rows = Payment.objects.visible_to(user).credits().order_by().annotate(holder=holder_of())
    sums = rows.values_list("holder", "seller", "currency").annotate(total=Sum("unapplied_amount"))
    return {(holder, seller, currency): total for holder, seller, currency, total in sums}


def _key(party: Party) -> tuple[int, int, str]:
    return party.client.pk, party.seller.pk, party.currency


def _preview(party: Party, claims: list[Claim], on: date) -> Preview:
    notice = draft_letter(party, claims, on=on)
    items = [
        DunningItem(invoice=claim.invoice, level=claim.level, due_on=claim.invoice.due_on or on, amount=claim.amount)
        for claim in claims
    ]
    return Preview(notice, letter_of(notice, items), [claim.invoice.pk for claim in claims])


def _sum(claims: Iterable[Claim]) -> Decimal:
    return sum((claim.amount for claim in claims), Decimal(0))
