"""Upkeep of the work rollup: what is approved is added in the same transaction, what is taken back is removed.

One SQL sum serves upkeep and rebuild, so both leave the same rows.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from billing.models import TimeEntry, WorkMonth

KEYS = (
    "client_id",
    "service_line_id",
    "engagement_id",
    "employee_id",
    "month_on",
    "currency",
    "price_includes_tax",
)
SUMS = (
    "minutes",
    "goodwill_minutes",
    "follow_up_minutes",
    "warranty_minutes",
    "dispute_minutes",
    "internal_minutes",
    "prepaid_minutes",
    "fixed_minutes",
    "self_approved_minutes",
    "cost_amount",
    "standard_amount",
    "billed_amount",
    "goodwill_amount",
)
COLUMNS = ", ".join((*KEYS, *SUMS))


def _free(kind: str) -> str:
    """Minutes of a kind without those that are free after an invoice, which have a sum of their own."""
    return f"coalesce(sum(e.minutes - e.follow_up_minutes) FILTER (WHERE e.billing_type = '{kind}'), 0)"


WORK = f"""
SELECT e.client_id, e.service_line_id, e.engagement_id, e.employee_id,
    date_trunc('month', e.worked_on)::date AS month_on,
    e.rate_currency AS currency, coalesce(e.rate_includes_tax, false) AS price_includes_tax,
    sum(e.minutes) AS minutes,
    {_free("goodwill")} AS goodwill_minutes,
    sum(e.follow_up_minutes) AS follow_up_minutes,
    {_free("warranty")} AS warranty_minutes,
    {_free("dispute")} AS dispute_minutes,
    {_free("non_billable")} AS internal_minutes,
    coalesce(sum(c.prepaid), 0) AS prepaid_minutes,
    coalesce(sum(c.fixed), 0) AS fixed_minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.approved_by_id = e.employee_id), 0) AS self_approved_minutes,
    coalesce(sum(round(e.minutes * e.cost_per_hour / 60, 2)), 0) AS cost_amount,
    coalesce(sum(round(e.minutes * e.rate_amount / 60, 2)) FILTER (WHERE e.billing_type <> 'non_billable'), 0)
        AS standard_amount,
    coalesce(sum(coalesce(c.charged, 0) + coalesce(round(c.prepaid * e.rate_amount / 60, 2), 0)), 0) AS billed_amount,
    coalesce(
        sum(round((e.minutes - e.follow_up_minutes) * e.rate_amount / 60, 2))
        FILTER (WHERE e.billing_type = 'goodwill'), 0
    ) AS goodwill_amount
FROM billing_timeentry e
LEFT JOIN LATERAL (
    SELECT sum(minutes) FILTER (WHERE source IN ('package', 'retainer')) AS prepaid,
        sum(minutes) FILTER (WHERE source = 'offer') AS fixed,
        sum(amount) FILTER (WHERE source = 'time_and_materials') AS charged
    FROM billing_coverage WHERE entry_id = e.id
) c ON true
WHERE e.status IN ('approved', 'invoiced')
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608

ADD = f"""
INSERT INTO billing_workmonth ({COLUMNS})
SELECT {", ".join(KEYS)}, {", ".join(f"%(sign)s * {name}" for name in SUMS)}
FROM ({WORK.replace("GROUP BY", "AND (%(all)s OR e.id = ANY(%(ids)s)) GROUP BY")}) work
ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT ({", ".join(KEYS)}) DO UPDATE SET
    {", ".join(f"{name} = billing_workmonth.{name} + excluded.{name}" for name in SUMS)}
"""  # noqa: S608


def add_work(entries: Sequence[TimeEntry]) -> None:
    """Adds entries that are approved and covered."""
    _sum(entries, sign=1)


def remove_work(entries: Sequence[TimeEntry]) -> None:
    """Removes entries that still are approved and covered, just before they cease to be."""
    _sum(entries, sign=-1)
    clients = {entry.client_id for entry in entries}
    WorkMonth.objects.filter(client__in=clients, minutes=0).delete()


@transaction.atomic
def rebuild_work() -> int:
    """Makes the rollup anew from the books; says how many rows it has."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_workmonth IN EXCLUSIVE MODE")
        cursor.execute("DELETE FROM billing_workmonth")
        cursor.execute(ADD, {"sign": 1, "all": True, "ids": []})
        return int(cursor.rowcount)


def _sum(entries: Sequence[TimeEntry], *, sign: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"sign": sign, "all": False, "ids": [entry.pk for entry in entries]})
