"""Lines made of work, in the client's words: hours with dates and names, and at 0.00 what others or nobody pays.

Prepaid hours show their balance, those within a fixed price or over a cap their offer, free ones their value.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import formats, translation

from billing.models import Coverage, InvoiceLine, Offer, Retainer, TimeEntry
from billing.rules.document_words import words_in
from billing.rules.lines import PLACES, Grouping, PieceGroup, hours_of
from billing.services.drafts import LineDraft
from billing.services.wip import Wip, WipKey
from crm.money import quantise, round_half_up

HOUR = "HUR"


def time_line(group: PieceGroup, wip: Wip, *, currency: str, grouping: Grouping) -> LineDraft:
    """The paid hours of a group at one price."""
    entries = [wip.entries[piece.entry_id] for piece in group.pieces]
    minutes = Counter({entry.pk: 0 for entry in entries})
    for piece in group.pieces:
        minutes[piece.entry_id] += piece.minutes
    with translation.override(wip.client.language):
        description = _description(entries[0], grouping)
    return LineDraft(
        kind=InvoiceLine.Kind.TIME,
        description=description,
        tax=group.first.tax,
        quantity=hours_of(group.minutes),
        unit=HOUR,
        unit_price=group.unit_price,
        amount=group.amount(currency),
        service_line_id=group.first.service_line_id,
        supplied_from=group.pieces[0].worked_on,
        supplied_to=group.pieces[-1].worked_on,
        agreed_percent=group.first.agreed_percent,
        change=group.first.change,
        discount_id=group.first.discount_id,
        details={"entries": [work_detail(entry, minutes[entry.pk]) for entry in dict.fromkeys(entries)]},
    )


def prepaid_lines(rows: Sequence[Coverage], wip: Wip, key: WipKey) -> list[tuple[LineDraft, list[Coverage]]]:
    """One line of 0.00 for each package or retainer that paid for hours, with its balance after them."""
    by_account: dict[int, list[Coverage]] = defaultdict(list)
    for row in rows:
        if row.account_id is not None:
            by_account[row.account_id].append(row)
    return [(_prepaid_line(own, wip, key), own) for own in by_account.values()]


def redeemed_line(rows: Sequence[Coverage], wip: Wip, key: WipKey, *, amount: Decimal) -> LineDraft:
    """Hours of one package and one rate of VAT at what was paid for them, with the balance after them."""
    line = _prepaid_line(rows, wip, key)
    return replace(line, amount=amount, unit_price=round_half_up(Fraction(amount) / Fraction(line.quantity), PLACES))


def offered_lines(rows: Sequence[Coverage], wip: Wip, key: WipKey) -> list[tuple[LineDraft, list[Coverage]]]:
    """One line of 0.00 for each offer that pays for hours: beyond its cap, or after its fixed price was invoiced."""
    by_offer: dict[int, list[Coverage]] = defaultdict(list)
    for row in rows:
        if row.offer is not None:
            by_offer[row.offer.family_id].append(row)
    return [(_offered_line(own, wip, key), own) for own in by_offer.values()]


def goodwill_line(entries: Sequence[TimeEntry], wip: Wip, key: WipKey) -> LineDraft:
    """Free work at 0.00, printed with what it would have cost."""
    description = words_in(wip.client.language)["free"]
    value = sum((_value(entry, key.currency) for entry in entries), Decimal(0))
    minutes = Counter({entry.pk: entry.given_minutes for entry in entries})
    line = _zero_line(InvoiceLine.Kind.GOODWILL, description, entries, minutes, wip, key)
    return _with(line, value=str(value)) if value else line


def _prepaid_line(rows: Sequence[Coverage], wip: Wip, key: WipKey) -> LineDraft:
    line = _covered_line(InvoiceLine.Kind.PREPAID, _account_name(rows[0], wip.client.language), rows, wip, key)
    balance = wip.balances.get(rows[0].account_id or 0)
    return line if balance is None else _with(line, balance_minutes=balance)


def _offered_line(rows: Sequence[Coverage], wip: Wip, key: WipKey) -> LineDraft:
    offer = rows[-1].offer
    if offer is None:
        raise ValueError("these hours are paid by no offer")
    words = words_in(wip.client.language)["in_price" if offer.basis == Offer.Basis.FIXED else "over_cap"]
    line = _covered_line(InvoiceLine.Kind.INCLUDED, words.format(name=offer.title), rows, wip, key)
    return replace(line, offer=offer)


def _covered_line(kind: str, description: str, rows: Sequence[Coverage], wip: Wip, key: WipKey) -> LineDraft:
    """The hours of some coverages at 0.00, parts of one entry printed as one."""
    minutes = Counter[int]()
    for row in rows:
        minutes[row.entry_id] += row.minutes
    return _zero_line(kind, description, [wip.entries[row.entry_id] for row in rows], minutes, wip, key)


def _zero_line(
    kind: str, description: str, entries: Sequence[TimeEntry], minutes: Counter[int], wip: Wip, key: WipKey
) -> LineDraft:
    last = max(entry.worked_on for entry in entries)
    return LineDraft(
        kind=kind,
        description=description,
        tax=wip.prices.taxes_of(key.seller).tax(last),
        quantity=hours_of(minutes.total()),
        unit=HOUR,
        amount=Decimal(0),
        service_line_id=entries[0].service_line_id,
        supplied_from=min(entry.worked_on for entry in entries),
        supplied_to=last,
        details={"entries": [work_detail(entry, minutes[entry.pk]) for entry in dict.fromkeys(entries)]},
    )


def _with(line: LineDraft, **more: Any) -> LineDraft:
    return replace(line, details={**line.details, **more})


def _account_name(row: Coverage, language: str) -> str:
    """The package, or the contract and, where each has its own hours, the month."""
    account = row.account
    if account is None or hasattr(account, "package"):
        return str(account.package.name) if account else ""
    period = account.retainer_period
    if period.retainer.allowance_period != Retainer.AllowancePeriod.MONTH:
        return str(period.retainer.name)
    with translation.override(language):
        return f"{period.retainer.name}, {formats.date_format(period.starts_on, 'YEAR_MONTH_FORMAT')}"


def _description(entry: TimeEntry, grouping: Grouping) -> str:
    """The line's words by what it was grouped by."""
    work = _work_name(entry)
    if grouping is Grouping.ENTRY:
        return entry.description or work
    if grouping is Grouping.PERSON:
        return f"{work}, {entry.employee}"
    if grouping is Grouping.DAY:
        return f"{work}, {formats.date_format(entry.worked_on, 'SHORT_DATE_FORMAT')}"
    return _service_name(entry) if grouping is Grouping.SERVICE_LINE else work


def _work_name(entry: TimeEntry) -> str:
    return entry.engagement.name if entry.engagement else _service_name(entry)


def _service_name(entry: TimeEntry) -> str:
    line = entry.service_line
    language = translation.get_language() or "en"
    return line.name_in(language) if line else words_in(language)["consulting"]


def work_detail(entry: TimeEntry, minutes: int) -> dict[str, Any]:
    """What is printed of an entry under its line: day, person, minutes and text."""
    return {
        "on": entry.worked_on.isoformat(),
        "who": str(entry.employee),
        "minutes": minutes,
        "text": entry.description,
    }


def _value(entry: TimeEntry, currency: str) -> Decimal:
    """What free work would have cost at its rate, where the rate is in the document's currency."""
    if entry.rate_amount is None or entry.rate_currency != currency:
        return Decimal(0)
    return quantise(Fraction(entry.rate_amount) * entry.given_minutes / 60, currency)
