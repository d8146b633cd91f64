"""The promises of documents and money, each as one query that selects what breaks it."""

from billing.services.revenue import REVENUE
from crm.invariants import Invariant

BILLED_ONCE = Invariant(
    "billed_once",
    "What is marked as billed stands on exactly one live document, and nothing else does.",
    """
    SELECT c.id AS coverage, c.entry_id AS entry, count(b.id) AS documents
    FROM billing_coverage c LEFT JOIN billing_billedcoverage b ON b.coverage_id = c.id AND b.released_by_id IS NULL
    GROUP BY c.id HAVING count(b.id) <> CASE WHEN c.is_billed THEN 1 ELSE 0 END
    """,
)

INVOICED_STANDS = Invariant(
    "invoiced_stands",
    "An invoiced entry stands on an issued document that no credit note released.",
    """
    SELECT e.id AS entry FROM billing_timeentry e
    WHERE e.status = 'invoiced' AND NOT EXISTS (
        SELECT 1 FROM billing_billedcoverage b JOIN billing_invoiceline l ON l.id = b.line_id
        JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE b.entry_id = e.id AND b.released_by_id IS NULL AND i.status = 'issued'
        UNION ALL
        SELECT 1 FROM billing_shownentry s JOIN billing_invoiceline l ON l.id = s.line_id
        JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE s.entry_id = e.id AND s.released_by_id IS NULL AND i.status = 'issued')
    """,
)

SERIES_WITHOUT_GAP = Invariant(
    "series_without_gap",
    "The numbers of a series follow each other without a gap, in the order of their dates, up to its counter.",
    """
    WITH numbered AS (
        SELECT i.series_id,
            CASE WHEN s.pattern LIKE '%{year%' THEN extract(year FROM i.issued_on)::int ELSE 0 END AS year,
            i.sequence, i.issued_on, s.first_number
        FROM (
            SELECT series_id, sequence, issued_on FROM billing_invoice WHERE status = 'issued'
            UNION ALL SELECT series_id, sequence, acted_on FROM billing_serviceact
            UNION ALL SELECT series_id, sequence, issued_on FROM billing_advancevatinvoice
        ) i JOIN billing_series s ON s.id = i.series_id
    ), counted AS (
        SELECT *, row_number() OVER w AS place, lag(issued_on) OVER w AS before FROM numbered
        WINDOW w AS (PARTITION BY series_id, year ORDER BY sequence)
    )
    SELECT series_id AS series, year, sequence, issued_on FROM counted
    WHERE sequence <> first_number + place - 1 OR issued_on < before
    UNION ALL
    SELECT n.series_id, n.year, max(n.sequence), max(n.issued_on) FROM numbered n
    LEFT JOIN billing_seriesyear y ON y.series_id = n.series_id AND y.year = n.year
    GROUP BY 1, 2, y.last_number HAVING max(n.sequence) IS DISTINCT FROM y.last_number
    """,
)

TOTALS_ARE_LINES = Invariant(
    "totals_are_lines",
    "The totals of a document are the sums of its lines, and so are its VAT groups.",
    """
    WITH lines AS (
        SELECT invoice_id, vat_rate AS rate, vat_category AS category, sum(net_amount) AS net, sum(vat_amount) AS vat
        FROM billing_invoiceline GROUP BY 1, 2, 3
    )
    SELECT coalesce(l.invoice_id, v.invoice_id) AS invoice, coalesce(l.rate, v.rate) AS rate, l.net, v.net_amount
    FROM lines l FULL JOIN billing_invoicevat v
      ON v.invoice_id = l.invoice_id AND v.rate = l.rate AND v.category = l.category
    WHERE (l.net, l.vat) IS DISTINCT FROM (v.net_amount, v.vat_amount)
    UNION ALL
    SELECT i.id, NULL, sum(v.net_amount), i.net_amount
    FROM billing_invoice i LEFT JOIN billing_invoicevat v ON v.invoice_id = i.id GROUP BY i.id
    HAVING (coalesce(sum(v.net_amount), 0), coalesce(sum(v.vat_amount), 0)) <> (i.net_amount, i.vat_amount)
    """,
)

CREDITS_WITHIN_INVOICE = Invariant(
    "credits_within_invoice",
    "Credit notes never take back more of a line than it has.",
    """
    SELECT o.id AS line, o.amount, sum(c.amount) AS credited
    FROM billing_invoiceline o JOIN billing_invoiceline c ON c.credits_id = o.id
    JOIN billing_invoice i ON i.id = c.invoice_id AND i.status = 'issued'
    GROUP BY o.id
    HAVING abs(sum(c.amount)) > abs(o.amount) OR abs(sum(c.net_amount)) > abs(o.net_amount)
        OR abs(sum(c.vat_amount)) > abs(o.vat_amount)
    """,
)

SET_OFF_WITHIN_ADVANCE = Invariant(
    "set_off_within_advance",
    "Final invoices set off no more of an advance than its credit notes have left.",
    """
    WITH used AS (
        SELECT s.sets_off_id AS advance, sum(s.amount) - coalesce(sum(back.amount), 0) AS amount
        FROM billing_invoiceline s
        LEFT JOIN LATERAL (
            SELECT sum(c.amount) AS amount FROM billing_invoiceline c
            JOIN billing_invoice i ON i.id = c.invoice_id AND i.status = 'issued' WHERE c.credits_id = s.id
        ) back ON true
        WHERE s.sets_off_id IS NOT NULL GROUP BY 1
    )
    SELECT a.id AS line, a.amount, -used.amount AS set_off, taken.amount AS credited
    FROM used JOIN billing_invoiceline a ON a.id = used.advance
    LEFT JOIN LATERAL (
        SELECT sum(c.amount) AS amount FROM billing_invoiceline c
        JOIN billing_invoice i ON i.id = c.invoice_id AND i.status = 'issued' WHERE c.credits_id = a.id
    ) taken ON true
    WHERE -used.amount > a.amount - coalesce(taken.amount, 0)
    """,
)

ALLOCATIONS_WITHIN_PAYMENT = Invariant(
    "allocations_within_payment",
    "What a payment settles and what left it again lie between nothing and what came in.",
    """
    SELECT p.id AS payment, p.amount, settled.amount AS settled, left_again.amount AS left_again
    FROM billing_payment p
    LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM billing_allocation WHERE payment_id = p.id) settled ON true
    LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM billing_refund WHERE payment_id = p.id) left_again ON true
    WHERE coalesce(settled.amount, 0) < 0
       OR coalesce(settled.amount, 0) + coalesce(left_again.amount, 0) > p.amount
    """,
)

SETTLED_WITHIN_INVOICE = Invariant(
    "settled_within_invoice",
    "Payments and their cash discounts, beside credit notes or write-offs, never settle more than an invoice is.",
    """
    SELECT i.id AS invoice, i.gross_amount AS gross, paid.amount AS paid, credited.amount AS credited
    FROM billing_invoice i
    LEFT JOIN LATERAL (
        SELECT sum(amount + discount_amount) AS amount FROM billing_allocation WHERE invoice_id = i.id
    ) paid ON true
    LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM billing_writeoff WHERE invoice_id = i.id) given_up ON true
    LEFT JOIN LATERAL (
        SELECT sum(gross_amount) AS amount FROM billing_invoice WHERE corrects_id = i.id AND status = 'issued'
    ) credited ON true
    WHERE i.status = 'issued' AND i.kind = 'invoice'
      AND (coalesce(paid.amount, 0) < 0
           OR coalesce(paid.amount, 0) + coalesce(given_up.amount, 0) > i.gross_amount
           OR coalesce(paid.amount, 0) + coalesce(credited.amount, 0) > i.gross_amount)
    """,
)

SETTLED_BY_ITS_CLIENT = Invariant(
    "settled_by_its_client",
    "A payment settles invoices of its own company, currency and client; clients that were merged are one.",
    """
    SELECT a.id AS allocation, a.payment_id AS payment, a.invoice_id AS invoice
    FROM billing_allocation a
    JOIN billing_payment p ON p.id = a.payment_id JOIN clients_client payer ON payer.id = p.client_id
    JOIN billing_invoice i ON i.id = a.invoice_id JOIN clients_client debtor ON debtor.id = i.client_id
    WHERE (p.seller_id, p.currency) <> (i.seller_id, i.currency) OR i.status <> 'issued' OR i.kind <> 'invoice'
       OR p.client_id <> i.client_id
          AND coalesce(payer.merged_into_id, payer.id) <> coalesce(debtor.merged_into_id, debtor.id)
          AND NOT EXISTS (
              SELECT FROM crm_auditentry t WHERE t.table_name = 'clients_client' AND t.action = 'update'
                AND t.object_id IN (p.client_id, i.client_id) AND t.old ->> 'merged_into_id' IS NOT NULL)
    """,
)

# Each act is judged by the lock of its seller that stood when it was done.
CLOSED_DOCUMENTS_STAY = Invariant(
    "closed_documents_stay",
    "Nothing is issued, paid, settled, paid back or written off in a period of a seller that is closed for documents.",
    """
    WITH closed AS (
        SELECT l.seller_id, l.locked_until_on AS until, a.at,
            lead(a.at) OVER (PARTITION BY l.seller_id ORDER BY l.id) AS ended_at
        FROM billing_periodlock l
        JOIN crm_auditentry a ON a.table_name = 'billing_periodlock' AND a.object_id = l.id
        WHERE l.kind = 'documents'
    ), acts AS (
        SELECT 'document' AS kind, i.id, i.seller_id, i.issued_on AS day, a.at FROM billing_invoice i
        JOIN crm_auditentry a ON a.table_name = 'billing_invoice' AND a.object_id = i.id
        WHERE a.new ->> 'status' = 'issued'
        UNION ALL
        SELECT 'payment', p.id, p.seller_id, p.received_on, a.at FROM billing_payment p
        JOIN crm_auditentry a ON a.table_name = 'billing_payment' AND a.object_id = p.id
        UNION ALL
        SELECT 'allocation', s.id, p.seller_id, greatest(p.received_on, i.issued_on), s.made_at
        FROM billing_allocation s JOIN billing_payment p ON p.id = s.payment_id
        JOIN billing_invoice i ON i.id = s.invoice_id WHERE s.amount > 0
        UNION ALL
        SELECT 'refund', r.id, p.seller_id, r.paid_on, a.at FROM billing_refund r
        JOIN billing_payment p ON p.id = r.payment_id
        JOIN crm_auditentry a ON a.table_name = 'billing_refund' AND a.object_id = r.id
        UNION ALL
        SELECT 'write-off', w.id, i.seller_id, w.written_off_on, a.at FROM billing_writeoff w
        JOIN billing_invoice i ON i.id = w.invoice_id
        JOIN crm_auditentry a ON a.table_name = 'billing_writeoffrequest' AND a.object_id = w.request_id
        WHERE a.new ->> 'approved' = 'true'
    )
    SELECT acts.kind, acts.id, acts.day FROM acts JOIN closed USING (seller_id)
    WHERE acts.day <= closed.until AND acts.at > closed.at
      AND (closed.ended_at IS NULL OR acts.at <= closed.ended_at)
    """,
)

REVENUE_IS_ROLLED_UP = Invariant(
    "revenue_is_rolled_up",
    "The rollup of revenue is what a rebuild leaves.",
    f"""
    WITH books AS ({REVENUE}), kept AS (
        SELECT client_id, seller_id, service_line_id, issued_on, net_amount, standing_amount, invoice_count
        FROM billing_revenueday
    )
    SELECT 'missing' AS row, gone.* FROM (SELECT * FROM books EXCEPT SELECT * FROM kept) gone
    UNION ALL
    SELECT 'wrong' AS row, extra.* FROM (SELECT * FROM kept EXCEPT SELECT * FROM books) extra
    """,  # noqa: S608
)

DOCUMENTS = (
    BILLED_ONCE,
    INVOICED_STANDS,
    SERIES_WITHOUT_GAP,
    TOTALS_ARE_LINES,
    CREDITS_WITHIN_INVOICE,
    SET_OFF_WITHIN_ADVANCE,
    ALLOCATIONS_WITHIN_PAYMENT,
    SETTLED_WITHIN_INVOICE,
    SETTLED_BY_ITS_CLIENT,
    CLOSED_DOCUMENTS_STAY,
    REVENUE_IS_ROLLED_UP,
)
