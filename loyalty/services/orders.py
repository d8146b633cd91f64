"""What the models of residual value are fitted on: orders besides retainers, and the renewals that retainers met."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.db.models import F, Min, Sum

from billing.models import Invoice, InvoiceLine, Retainer
from billing.models.invoices import State
from billing.services.agreed_fees import net_fees
from billing.services.currencies import DayRates
from billing.services.retainers import term_of
from clients.models.client import holder_of
from crm.periods import add_months, months_between
from loyalty.rules.models import histories as rules
from loyalty.rules.models import residual, sbg
from loyalty.rules.models.histories import Histories, History
from loyalty.rules.models.yearly import Rhythm, rhythm_of

type Orders = Mapping[int, Sequence[tuple[date, Decimal]]]


@dataclass(frozen=True, slots=True)
class AdHoc:
    """Clients with at least one order, their histories as arrays in the same order, and the first day seen."""

    clients: tuple[int, ...]
    data: Histories
    mean_value: rules.Floats
    from_on: date | None


@dataclass(frozen=True, slots=True)
class Running:
    """Retainers that run, with their client and what they bring a month, net in the base currency."""

    clients: tuple[int, ...]
    data: residual.Retainers


def read_orders(*, on: date) -> Orders:
    """Net revenue of issued invoices without retainer fees by client and day, in the base currency."""
    lines = InvoiceLine.objects.filter(
        invoice__status=Invoice.Status.ISSUED, invoice__kind=Invoice.Kind.INVOICE, invoice__issued_on__lte=on
    )
    undone = Invoice.objects.invoices().in_states([State.CREDITED], on=on)
    kept = lines.exclude(kind=InvoiceLine.Kind.RETAINER).exclude(invoice__in=undone.values("pk"))
    amount = Sum(F("net_amount") * F("invoice__base_rate"))
    orders: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = kept.order_by().values_list(holder_of("invoice__client"), "invoice__issued_on").annotate(net=amount)
    for client, day, net in rows:
        if net is not None and net > 0:
            orders[client].append((day, net))
    return orders


def histories_of(orders: Orders, *, as_of: date) -> AdHoc:
    """The orders up to a day as the models read them."""
    found = [(client, history) for client, rows in sorted(orders.items()) if (history := _history(rows, as_of))]
    first = min((day for rows in orders.values() for day, _amount in rows), default=None)
    data = rules.histories(
        [history.repeats for _client, history in found],
        [history.last for _client, history in found],
        [history.age for _client, history in found],
    )
    means = np.array([float(history.mean_value or 0) for _client, history in found], dtype=np.float64)
    return AdHoc(tuple(client for client, _history in found), data, means, first)


def split_yearly(orders: Orders, *, on: date) -> tuple[Orders, Mapping[int, Rhythm]]:
    """The orders of clients that buy at any time, and the rhythm of those who buy once a year (loyalty.md 1.3)."""
    found = {client: rhythm_of((day for day, _amount in rows), on=on) for client, rows in orders.items()}
    yearly = {client: rhythm for client, rhythm in found.items() if rhythm is not None}
    return {client: rows for client, rows in orders.items() if client not in yearly}, yearly


def orders_after(orders: Orders, clients: Iterable[int], *, after: date, until: date) -> int:
    """How many days with orders these clients had after one day, up to another."""
    return sum(after < day <= until for client in clients for day, _amount in orders.get(client, ()))


def read_renewals(*, on: date) -> sbg.Renewals:
    """Every retainer that began: the decisions it met, and whether the last of them ended it."""
    rows = Retainer.objects.exclude(status=Retainer.Status.DRAFT).filter(starts_on__lte=on).order_by("pk")
    met = [_decisions(row, on) for row in rows]
    return sbg.renewals([decided for decided, _left in met], [float(left) for _decided, left in met])


def renewals_since(*, on: date) -> date | None:
    """The first day of the oldest retainer that decisions are read from."""
    began = Retainer.objects.exclude(status=Retainer.Status.DRAFT).filter(starts_on__lte=on)
    first: date | None = began.aggregate(first=Min("starts_on"))["first"]
    return first


def read_running(*, on: date) -> Running:
    """Running retainers at the fee agreed for the day; one whose currency or VAT has no rate is left out."""
    rows = list(Retainer.objects.running(on=on).annotate(holder=holder_of()).order_by("pk"))
    fees = _fees(rows, on)
    kept = [row for row in rows if row.pk in fees]
    data = residual.retainers(
        [fees[row.pk] for row in kept],
        [_decisions(row, on)[0] for row in kept],
        [max(0, months_between(on, term_of(row, on=on).last_on + timedelta(days=1))) for row in kept],
        term=[row.term_months for row in kept],
        ends=[_is_ending(row) for row in kept],
    )
    return Running(tuple(vars(row)["holder"] for row in kept), data)


def _history(rows: Sequence[tuple[date, Decimal]], as_of: date) -> History | None:
    return rules.history_of(rows, as_of=as_of)


def _decisions(retainer: Retainer, on: date) -> tuple[int, bool]:
    """Renewal decisions met by a day, and whether the retainer was left at the last one."""
    ended = retainer.ended_on is not None and retainer.ended_on <= on
    until = retainer.ended_on if ended and retainer.ended_on else on
    whole = months_between(retainer.starts_on, until + timedelta(days=1)) // retainer.term_months
    if not ended:
        return max(0, whole), False
    on_time = add_months(retainer.starts_on, whole * retainer.term_months) == until + timedelta(days=1)
    return max(1, whole if on_time else whole + 1), True


def _is_ending(retainer: Retainer) -> bool:
    """Whether nobody decides any more: notice was given, or the contract says that it ends with its term."""
    return retainer.ended_on is not None or retainer.renewal_mode == Retainer.RenewalMode.ENDS


def _fees(retainers: Sequence[Retainer], on: date) -> dict[int, float]:
    """What each retainer brings a month in the base currency, at the day's rate."""
    rates, found = DayRates(on), net_fees(retainers, on=on)
    agreed = {row.pk: rates.to_base(found[row.pk], row.currency) for row in retainers if row.pk in found}
    return {pk: float(fee.amount) for pk, fee in agreed.items() if fee is not None}
