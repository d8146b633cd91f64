"""Upkeep of the work rollup: what is approved is added in the same transaction, what is taken back is removed.

One SQL sum serves upkeep and rebuild, so both leave the same rows.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from billing.models import TimeEntry, WorkMonth

WORK = """
SELECT e.client_id, e.service_line_id, date_trunc('month', e.worked_on)::date AS month_on,
    sum(e.minutes) AS minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.billing_type = 'goodwill'), 0) AS goodwill_minutes,
    coalesce(sum(c.prepaid), 0) AS prepaid_minutes,
    coalesce(sum(round(e.minutes * e.cost_per_hour / 60, 2)), 0) AS cost_amount
FROM billing_timeentry e
LEFT JOIN LATERAL (
    SELECT sum(minutes) AS prepaid FROM billing_coverage
    WHERE entry_id = e.id AND source IN ('package', 'retainer')
) c ON true
WHERE e.status IN ('approved', 'invoiced')
GROUP BY 1, 2, 3
"""

ADD = f"""
INSERT INTO billing_workmonth
    (client_id, service_line_id, month_on, minutes, goodwill_minutes, prepaid_minutes, cost_amount)
SELECT client_id, service_line_id, month_on, %(sign)s * minutes, %(sign)s * goodwill_minutes,
    %(sign)s * prepaid_minutes, %(sign)s * cost_amount
FROM ({WORK.replace("GROUP BY", "AND (%(all)s OR e.id = ANY(%(ids)s)) GROUP BY")}) work
ORDER BY 1, 2, 3
ON CONFLICT (client_id, service_line_id, month_on) DO UPDATE SET
    minutes = billing_workmonth.minutes + excluded.minutes,
    goodwill_minutes = billing_workmonth.goodwill_minutes + excluded.goodwill_minutes,
    prepaid_minutes = billing_workmonth.prepaid_minutes + excluded.prepaid_minutes,
    cost_amount = billing_workmonth.cost_amount + excluded.cost_amount
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
