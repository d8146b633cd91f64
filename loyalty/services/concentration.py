"""Concentration of revenue, margin or receivables by whoever holds them, from rollups and figures only."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Invoice, RevenueDay
from billing.services.open_items import open_documents
from billing.services.rate_gaps import note_gaps
from billing.services.serving_costs import serving_costs
from clients.models import ClientFigure
from clients.models.client import holder_of
from crm.models import Firm
from crm.money import round_half_up
from crm.periods import DateRange, add_months, month_start, trailing_months
from loyalty.models import ConcentrationSnapshot, LoyaltyPolicy
from loyalty.rules.concentration import Concentration, GroupShare, Limits, concentration, decompose, group_totals
from loyalty.services.holders import By, Holder, holders, names_of

Basis = ConcentrationSnapshot.Basis
ZERO = Decimal(0)
WINDOW_MONTHS = 12

type Amounts = Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class Report:
    """Figures with the names of their holders, and whom each client counts for (by service line nobody knows).

    `note` says what is missing, and why.
    """

    basis: str
    by: By
    window: DateRange
    currency: str
    figures: Concentration[Holder]
    names: Mapping[Holder, str]
    holder_of: Mapping[int, Holder]
    note: str

    def name_of(self, key: Holder) -> str:
        return self.names.get(key, "")


def concentration_report(basis: str, *, window: DateRange, by: By = By.GROUP, amounts: Amounts | None = None) -> Report:
    """Concentration over a window; `amounts` are the clients' own if the caller has them already.

    By service line only revenue is known (ValueError otherwise).
    """
    of = {} if by == By.SERVICE_LINE else holders(by)
    if by == By.SERVICE_LINE:
        held = _revenue_by_service_line(basis, window)
    else:
        own = client_amounts(basis, window=window) if amounts is None else amounts
        held = group_totals({client: amount for client, amount in own.items() if client in of}, of)
    figures = concentration(held)
    return Report(
        basis=basis,
        by=by,
        window=window,
        currency=Firm.load().base_currency,
        figures=figures,
        names=names_of(by, held),
        holder_of=of,
        note=_note(basis, window, figures.n),
    )


def hhi_parts(report: Report, *, amounts: Amounts | None = None) -> tuple[GroupShare[Holder], ...]:
    """The HHI over the smallest holders as an exact sum over the groups of a breakdown (loyalty.md 3.3).

    The smallest holder is the client; by service line the client within a line, because a client may buy several.
    The contributions sum to `HHI` of these holders. Empty when counted by client: there is nothing to part.
    """
    if report.by == By.CLIENT:
        return ()
    if report.by == By.SERVICE_LINE:
        held = _revenue_by_line_and_client(report.window)
        return decompose(held, {key: key[0] for key in held})
    own = client_amounts(report.basis, window=report.window) if amounts is None else amounts
    clients = holders(By.CLIENT)
    held_by = group_totals({client: amount for client, amount in own.items() if client in clients}, clients)
    return decompose(held_by, {client: report.holder_of[int(client)] for client in held_by})


def client_amounts(basis: str, *, window: DateRange) -> dict[int, Decimal]:
    """Amount of each client in the base currency; receivables are those of the window's last day."""
    if basis == Basis.RECEIVABLES:
        return client_receivables(on=window.last)
    revenue = client_revenue(window)
    return revenue if basis == Basis.REVENUE else margins(revenue, client_costs(window))


def client_revenue(window: DateRange) -> dict[int, Decimal]:
    """Net revenue; a merged client's counts for who stayed."""
    rows = RevenueDay.objects.within(window).order_by()
    return dict(rows.values_list(holder_of()).annotate(Sum("net_amount")))


def client_receivables(*, on: date) -> dict[int, Decimal]:
    """What clients owed on a day: by their figures, or by the documents for a day before the figures."""
    as_of = ClientFigure.objects.aggregate(newest=Max("receivables_as_of_on"))["newest"]
    if as_of is None or on >= as_of:
        rows = ClientFigure.objects.values_list("client", "receivables")
        return {client: amount for client, amount in rows if amount}
    owed: dict[int, Decimal] = defaultdict(Decimal)
    currency = Firm.load().base_currency
    for document in open_documents(Invoice.objects.all(), on=on, today=as_of):
        owed[document.client] += document.base_item(currency).amount
    return owed


def client_costs(window: DateRange) -> Mapping[int, Decimal | None]:
    """Cost to serve, as the report of it and the clients' figures say; a merged client's counts for who stayed.

    None where an exchange rate is missing.
    """
    return serving_costs(None, window).by_client


def margins(revenue: Amounts, costs: Mapping[int, Decimal | None]) -> dict[int, Decimal]:
    """Revenue less cost of each client whose cost is known."""
    both = {client: costs.get(client, ZERO) for client in revenue.keys() | costs.keys()}
    return {client: revenue.get(client, ZERO) - cost for client, cost in both.items() if cost is not None}


def limits(policy: LoyaltyPolicy) -> Limits:
    """The partner's limits as the rules read them (fractions and points)."""
    return Limits(
        top1=(policy.top1_watch_percent / 100, policy.top1_warn_percent / 100, policy.top1_limit_percent / 100),
        top3=policy.top3_limit_percent / 100,
        hhi_points=(Decimal(policy.hhi_watch), Decimal(policy.hhi_limit)),
    )


@transaction.atomic
def refresh_concentration(*, on: date) -> list[Report]:
    """Today's point of the trend on all three bases, and their reports, that on revenue first.

    Written again, not doubled, when run twice. The first run also writes the ends of the last twelve months, which
    the books still tell: revenue is dated by issue.
    """
    window = trailing_months(on, WINDOW_MONTHS)
    reports = [concentration_report(basis, window=window) for basis in Basis.values]
    for report in reports:
        _snapshot(report, on)
    if not ConcentrationSnapshot.objects.filter(as_of_on__lt=month_start(on)).exists():
        for end in _month_ends(on):
            _snapshot(concentration_report(Basis.REVENUE, window=trailing_months(end, WINDOW_MONTHS)), end)
    return reports


def _month_ends(on: date) -> list[date]:
    first = month_start(on)
    return [date.fromordinal(add_months(first, -back).toordinal() - 1) for back in range(WINDOW_MONTHS)]


def _snapshot(report: Report, on: date) -> ConcentrationSnapshot:
    figures = report.figures
    snapshot, _made = ConcentrationSnapshot.objects.update_or_create(
        as_of_on=on,
        basis=report.basis,
        defaults={
            "currency": report.currency,
            "client_count": figures.n,
            "total": figures.positive_total,
            **{name: fraction(getattr(figures, name)) for name in ("top1", "top3", "top5", "top10", "gini")},
            "hhi_points": fraction(figures.hhi_points, 2),
            "effective_number": fraction(figures.effective_number, 2),
            "largest_clients": [row.key for row in figures.rows[:10]],
        },
    )
    return snapshot


def fraction(value: float | None, places: int = 6) -> Decimal | None:
    """A computed share as a Decimal for storing and showing; None stays None."""
    return None if value is None else round_half_up(Decimal(repr(float(value))), places)


def _revenue_by_service_line(basis: str, window: DateRange) -> dict[Holder, Decimal]:
    if basis != Basis.REVENUE:
        raise ValueError("only revenue is known by service line")
    sums = RevenueDay.objects.within(window).values_list("service_line").annotate(Sum("net_amount"))
    return {line or "": amount for line, amount in sums.order_by("service_line")}


def _revenue_by_line_and_client(window: DateRange) -> dict[tuple[Holder, int], Decimal]:
    sums = RevenueDay.objects.within(window).order_by().values_list("service_line", holder_of())
    return {(line or "", client): amount for line, client, amount in sums.annotate(Sum("net_amount"))}


def _note(basis: str, window: DateRange, holders_count: int) -> str:
    notes = [] if basis == Basis.RECEIVABLES else [_missing_rates(window)]
    if basis == Basis.MARGIN and (gaps := note_gaps(serving_costs(None, window).gaps)):
        notes.append(_("Clients whose cost is not known are left out.") + " " + gaps)
    if not holders_count:
        notes.append(_("There is nothing to share out: no amount in this window is above zero."))
    return " ".join(filter(None, notes))


def _missing_rates(window: DateRange) -> str:
    rows = RevenueDay.objects.within(window)
    missing = rows.aggregate(count=Sum("missing_rate_count"))["count"] or 0
    if not missing:
        return ""
    words = ngettext(
        "%(count)s document has no exchange rate and is not counted.",
        "%(count)s documents have no exchange rate and are not counted.",
        missing,
    )
    return words % {"count": missing}
