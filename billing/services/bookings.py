"""Booking of work: its cover becomes draws in the ledger, its rate and cost are copied, all in one transaction.

Approval and saving with `draw_on_log` book alike; a booking that cannot be made whole is not made at all.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, LedgerRow, TimeEntry
from billing.rules.coverage import Cover
from billing.rules.rates import HourlyPrice, RateProblem
from billing.services import ledger
from billing.services.alerts import alert_usage
from billing.services.coverage import drop_coverage, offer_price, plan_coverage, write_coverage, write_plan
from billing.services.figures import shift_hours
from billing.services.overruns import billable_places
from billing.services.rates import CostList, load_costs
from billing.services.recovery import recover_hours
from billing.services.rollups import add_work, remove_work
from billing.services.rounding import Day, round_entries, to_carry
from billing.services.terms import Terms, load_terms
from crm.db import update_rows
from crm.models import User

STAMPED = (
    "status",
    "billed_minutes",
    "warnings",
    "approved_at",
    "approved_by",
    "approved_on_log",
    "review_comment",
    "rate_amount",
    "rate_currency",
    "rate_includes_tax",
    "rate_source",
    "cost_per_hour",
    "rounding_step_minutes",
    "rounding_minimum_minutes",
)

# Warnings that lie in the entry itself and stay when it is covered anew.
OWN_WARNINGS = ("span_differs", "overlap", "offer_not_accepted")


def worked_order(entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """By day, then by start, entries without a start last; the same order in which a week is read."""
    return sorted(
        entries,
        key=lambda entry: (
            entry.worked_on,
            entry.started_at is None,
            entry.started_at.timestamp() if entry.started_at else 0.0,
            entry.pk or 0,
        ),
    )


def stamp_entries(
    entries: Sequence[TimeEntry], covers: Sequence[Cover], terms: Terms, *, by: User, at: datetime
) -> None:
    """Approves covered entries in memory: rate, cost and rounding are copied onto them. Nothing is written yet.

    ValidationError, one for each entry, if a price is missing or in another currency than the invoice's.
    """
    _stop_if_blocked(entries, covers, terms)
    costs = load_costs(entries) if entries else CostList({})
    for entry in entries:
        _stamp(entry, terms, costs)
        entry.status, entry.approved_at, entry.approved_by = TimeEntry.Status.APPROVED, at, by


def write_booking(
    entries: Sequence[TimeEntry], covers: Sequence[Cover], terms: Terms, *, by: User, at: datetime
) -> None:
    """Writes draws and coverage of stamped entries that are in the database, and what follows from them."""
    if not entries:
        return
    draws = draws_of(entries, covers, by=by, at=at)
    recover_hours(terms, draws, by=by, at=at)
    drawn = ledger.book_rows(draws)
    write_coverage(entries, covers, terms, drawn=drawn)
    add_work(entries)
    shift_hours(entries, drawn, packages=terms.in_force(on=timezone.localdate(at)), on=timezone.localdate(at))
    alert_usage(terms, drawn, at=at)


def undo_booking(entries: Sequence[TimeEntry], *, by: User, at: datetime) -> None:
    """Takes back what approved entries drew, and what was given back for them since, so that nothing comes twice.

    They are submitted again, in their next generation.
    """
    remove_work(entries)
    drop_coverage(entries)
    on = timezone.localdate(at)
    back = ledger.reverse_draws(entries, by=by, at=at)
    back += ledger.take_corrections_back(entries, on=on, by=by, at=at) if back else []
    counted = HourPackage.objects.valid(on=on).filter(account__in={row.account_id for row in back})
    packages = set(counted.values_list("account", flat=True)) if back else set()
    shift_hours(entries, back, packages=packages, on=on, sign=-1)
    for entry in entries:
        entry.status, entry.approved_at, entry.approved_by = TimeEntry.Status.SUBMITTED, None, None
        entry.approved_on_log = False
        entry.generation += 1
    update_rows(entries, ["status", "approved_at", "approved_by", "approved_on_log", "generation"])


def carry_days(days: Collection[Day], *, by: User, at: datetime) -> None:
    """Books the last approved work of these days anew where it no longer makes the day whole; its approval stays."""
    entries = to_carry(days)
    if not entries:
        return
    approvals = [(row.approved_at, row.approved_by, row.approved_on_log) for row in entries]
    undo_booking(entries, by=by, at=at)
    terms = load_terms(entries, lock=True)
    covers = plan_all(entries, terms)
    stamp_entries(entries, covers, terms, by=by, at=at)
    for entry, (approved_at, approved_by, on_log) in zip(entries, approvals, strict=True):
        entry.approved_at, entry.approved_by, entry.approved_on_log = approved_at, approved_by, on_log
    update_rows(entries, STAMPED)
    write_booking(entries, covers, terms, by=by, at=at)


def plan_again(entries: Sequence[TimeEntry]) -> None:
    """Plans reopened work anew, so that the hours it will draw are pending and wait for its approval."""
    ordered = worked_order(entries)
    terms = load_terms(ordered, reserve=True)
    covers = plan_all(ordered, terms)
    update_rows(ordered, ["billed_minutes", "warnings"])
    write_plan(ordered, covers, terms)


def plan_all(entries: Sequence[TimeEntry], terms: Terms) -> list[Cover]:
    """Rounds and covers entries one after the other, each meeting what the earlier ones left; notes the warnings."""
    round_entries(entries)
    billable = billable_places(entries, terms.overruns)
    covers = []
    for place, entry in enumerate(entries):
        covered = plan_coverage(entry, terms, billable=billable.get(place))
        terms.take(covered, offer=entry.offer)
        entry.warnings = [*_warnings(covered), *(word for word in entry.warnings if word in OWN_WARNINGS)]
        covers.append(covered)
    return covers


def _warnings(covered: Cover) -> list[str]:
    return [*(warning.value for warning in covered.warnings), *(problem.value for problem in covered.blockers)]


def draws_of(
    entries: Sequence[TimeEntry], covers: Sequence[Cover], *, by: User | None, at: datetime
) -> list[LedgerRow]:
    """The draws of these covers, not yet written."""
    return [
        ledger.draw_row(
            entry,
            account_id=row.account_id,
            covered=row.covered_minutes,
            drawn=row.drawn_minutes,
            by=by,
            at=at,
        )
        for entry, covered in zip(entries, covers, strict=True)
        for row in covered.rows
        if row.account_id is not None
    ]


def _stamp(entry: TimeEntry, terms: Terms, costs: CostList) -> None:
    price = terms.prices.price_of(entry, agreed=offer_price(entry))
    entry.rate_amount = price.amount if price else None
    entry.rate_currency = price.currency if price else ""
    entry.rate_includes_tax = price.price_includes_tax if price else None
    entry.rate_source = rate_name(price) if price else ""
    entry.cost_per_hour = costs.cost_of(entry.employee_id, on=entry.worked_on)
    entry.rounding_step_minutes = entry.seller.rounding_step_minutes
    entry.rounding_minimum_minutes = entry.seller.rounding_minimum_minutes


def rate_name(price: HourlyPrice) -> str:
    """Where a price comes from: its scope, and the row's number where there is one."""
    return f"{price.scope.name.lower()}:{price.rate_id}" if price.rate_id else price.scope.name.lower()


def _stop_if_blocked(entries: Sequence[TimeEntry], covers: Sequence[Cover], terms: Terms) -> None:
    errors = [
        _blocked(entry, covered.blockers[0], terms)
        for entry, covered in zip(entries, covers, strict=True)
        if covered.blockers
    ]
    if errors:
        raise ValidationError(errors)


def _blocked(entry: TimeEntry, problem: RateProblem, terms: Terms) -> ValidationError:
    price = terms.prices.price_of(entry, agreed=offer_price(entry))
    words = {"client": entry.client, "employee": entry.employee, "entry": entry.pk}
    if problem is RateProblem.MISSING or price is None:
        message = _("No rate is valid for %(employee)s at %(client)s on %(on)s.")
        return ValidationError(message, code=problem.value, params={**words, "on": entry.worked_on.isoformat()})
    message = _("The rate %(rate)s (%(name)s) is not in %(currency)s, in which %(client)s is invoiced.")
    named = {"rate": f"{price.amount} {price.currency}", "name": rate_name(price), "currency": entry.client.currency}
    return ValidationError(message, code=problem.value, params={**words, **named})
