"""The promises of the books of hours, each as one query that selects what breaks it."""

from billing.services.rollups import COLUMNS, WORK
from crm.invariants import Invariant

LEDGER_ADDS_UP = Invariant(
    "ledger_adds_up",
    "The balance of an hour account is the sum of its ledger.",
    """
    SELECT a.id AS account, a.balance_minutes AS balance, coalesce(sum(r.minutes), 0) AS sum
    FROM billing_houraccount a LEFT JOIN billing_ledgerrow r ON r.account_id = a.id
    GROUP BY a.id HAVING a.balance_minutes <> coalesce(sum(r.minutes), 0)
    """,
)

BOUGHT_AS_BOOKED = Invariant(
    "bought_as_booked",
    "What a package says was bought and given back is what its ledger says; hours of grace are a correction.",
    """
    SELECT p.id AS package, p.purchased_minutes AS bought, p.refunded_minutes AS refunded
    FROM billing_hourpackage p LEFT JOIN billing_ledgerrow r ON r.account_id = p.account_id
    GROUP BY p.id
    HAVING p.grace_of_id IS NULL
            AND p.purchased_minutes <> coalesce(sum(r.minutes) FILTER (WHERE r.kind IN ('purchase', 'grant')), 0)
        OR p.refunded_minutes <> coalesce(-sum(r.minutes) FILTER (WHERE r.kind = 'refund'), 0)
    """,
)

BALANCE_WITHIN_LIMIT = Invariant(
    "balance_within_limit",
    "No hour account is below its limit.",
    """
    SELECT id AS account, balance_minutes AS balance, overdraft_minutes AS overdraft
    FROM billing_houraccount WHERE balance_minutes < -overdraft_minutes
    """,
)

COVERED_ONCE = Invariant(
    "covered_once",
    "Every approved billable minute is covered exactly once.",
    """
    SELECT e.id AS entry, e.billed_minutes AS billed, coalesce(sum(c.minutes), 0) AS covered
    FROM billing_timeentry e LEFT JOIN billing_coverage c ON c.entry_id = e.id
    WHERE e.status IN ('approved', 'invoiced')
    GROUP BY e.id HAVING e.billed_minutes <> coalesce(sum(c.minutes), 0)
    """,
)

DRAWN_ONCE = Invariant(
    "drawn_once",
    "What an entry draws is what covers it, and only approved entries draw.",
    """
    WITH drawn AS (
        SELECT entry_id, account_id, -sum(minutes) AS minutes FROM billing_ledgerrow
        WHERE kind IN ('draw', 'reversal') AND entry_id IS NOT NULL GROUP BY 1, 2
    ), covered AS (
        SELECT c.entry_id, c.account_id, sum(c.drawn_minutes) AS minutes
        FROM billing_coverage c JOIN billing_timeentry e ON e.id = c.entry_id
        WHERE c.account_id IS NOT NULL AND e.status IN ('approved', 'invoiced') GROUP BY 1, 2
    )
    SELECT entry_id AS entry, account_id AS account, drawn.minutes AS drawn, covered.minutes AS covered
    FROM drawn FULL JOIN covered USING (entry_id, account_id)
    WHERE coalesce(drawn.minutes, 0) <> coalesce(covered.minutes, 0)
    """,
)

DRAWS_ARE_BOOKED = Invariant(
    "draws_are_booked",
    "The cover of an approved entry by an account stands beside its draw, that of a draft stands alone.",
    """
    SELECT c.entry_id AS entry, c.position, e.status
    FROM billing_coverage c JOIN billing_timeentry e ON e.id = c.entry_id
    WHERE c.account_id IS NOT NULL AND (e.status IN ('approved', 'invoiced')) = (c.ledger_row_id IS NULL)
    """,
)

# Each change is judged by the lock that stood when it was made: a later one, of whatever date, excuses nothing.
CLOSED_TIME_STAYS = Invariant(
    "closed_time_stays",
    "Nothing changes in a period that is closed for time, except the link to an invoice.",
    """
    WITH closed AS (
        SELECT l.locked_until_on AS until, a.at, lead(a.at) OVER (ORDER BY l.id) AS ended_at FROM billing_periodlock l
        JOIN crm_auditentry a ON a.table_name = 'billing_periodlock' AND a.object_id = l.id
        WHERE l.kind = 'time'
    )
    SELECT a.object_id AS entry, a.action, a.at
    FROM closed JOIN crm_auditentry a ON a.at > closed.at AND (closed.ended_at IS NULL OR a.at <= closed.ended_at)
        AND a.table_name = 'billing_timeentry'
    LEFT JOIN billing_timeentry e ON e.id = a.object_id
    WHERE least((a.old ->> 'worked_on')::date, (a.new ->> 'worked_on')::date, e.worked_on) <= closed.until
      AND (a.action <> 'update'
           OR a.new ?| ARRAY['minutes', 'billed_minutes', 'generation', 'billing_type', 'worked_on', 'client_id']
           OR a.old ->> 'status' IN ('draft', 'submitted') OR a.new ->> 'status' IN ('draft', 'submitted'))
    """,
)

WORK_IS_ROLLED_UP = Invariant(
    "work_is_rolled_up",
    "The rollup of work is what a rebuild leaves.",
    f"""
    WITH books AS ({WORK}), kept AS (
        SELECT {COLUMNS} FROM billing_workmonth
    )
    SELECT 'missing' AS row, gone.* FROM (SELECT * FROM books EXCEPT SELECT * FROM kept) gone
    UNION ALL
    SELECT 'wrong' AS row, extra.* FROM (SELECT * FROM kept EXCEPT SELECT * FROM books) extra
    """,  # noqa: S608
)

HOURS = (
    LEDGER_ADDS_UP,
    BOUGHT_AS_BOOKED,
    BALANCE_WITHIN_LIMIT,
    COVERED_ONCE,
    DRAWN_ONCE,
    DRAWS_ARE_BOOKED,
    CLOSED_TIME_STAYS,
    WORK_IS_ROLLED_UP,
)
