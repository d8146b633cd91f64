"""Hours as figures of clients: what is left of packages and what was given free this year, kept by clients.services.

An approval moves the figures by what it drew; the nightly job counts them anew, so that expiry and new years show.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import F, Sum

from billing.models import GoodwillBudget, HourPackage, LedgerRow, TimeEntry
from clients.models import Client
from clients.models.client import holder_of
from clients.services.facts import shift_figures, write_figures


def shift_hours(
    entries: Sequence[TimeEntry], moved: Iterable[LedgerRow], *, packages: Collection[int], on: date, sign: int = 1
) -> None:
    """Moves the figures by these rows of entries' draws, and by the goodwill of this year among the entries.

    `packages` names the accounts that count: those of packages in force today.
    """
    shifts: dict[int, dict[str, int]] = defaultdict(lambda: {"package_minutes": 0, "goodwill_minutes": 0})
    holders: dict[int | None, int] = {e.pk: e.client.holder_id for e in entries}
    for row in moved:
        if row.account_id not in packages:
            continue
        shifts[holders[row.entry_id]]["package_minutes"] += row.minutes
    for entry in entries:
        if entry.billing_type == TimeEntry.BillingType.GOODWILL and entry.worked_on.year == on.year:
            shifts[holders[entry.pk]]["goodwill_minutes"] += sign * entry.charged_minutes
    shift_figures("hours", shifts)


def refresh_hours(clients: Iterable[Client] | None = None, *, on: date) -> int:
    """Counts the figures anew as of a day, for some clients or for all; says how many it wrote."""
    wanted = Client.objects.all() if clients is None else Client.objects.counting(c.pk for c in clients)
    packages, goodwill, own = _packages(on), _goodwill(on), own_budgets(year=on.year)
    figures = {
        pk: {
            "package_minutes": packages[pk][0] if pk in packages else None,
            "package_minutes_bought": packages[pk][1] if pk in packages else None,
            "goodwill_minutes": goodwill.get(pk, 0),
            "own_goodwill_minutes": own.get(pk),
        }
        for pk in wanted.values_list("pk", flat=True)
    }
    return write_figures("hours", figures, as_of=on)


def own_budgets(*, year: int) -> dict[int, int]:
    """Goodwill minutes of clients that have a budget of their own in place of the tier's."""
    return dict(GoodwillBudget.objects.filter(year=year).values_list("client", "minutes"))


def _packages(on: date) -> dict[int, tuple[int, int]]:
    rows = HourPackage.objects.valid(on=on).order_by().values(holder=holder_of())
    credited = Sum(F("purchased_minutes") - F("refunded_minutes"))
    sums = rows.annotate(left=Sum("account__balance_minutes"), bought=credited)
    return {row["holder"]: (row["left"], row["bought"]) for row in sums}


def _goodwill(on: date) -> dict[int, int]:
    given = TimeEntry.objects.goodwill().booked().filter(worked_on__year=on.year)
    sums = given.order_by().values(holder=holder_of()).annotate(total=Sum(F("minutes") - F("follow_up_minutes")))
    return {row["holder"]: row["total"] for row in sums}
