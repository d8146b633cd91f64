"""What advance VAT invoices promise: a rouble owes its VAT once, and no more is deducted than was charged."""

from crm.invariants import Invariant

ADVANCE_VAT_OF_RECEIPTS = Invariant(
    "advance_vat_of_receipts",
    "Standing advance VAT invoices name no more than their payment brought, and their rows add up to them.",
    """
    SELECT p.id AS payment, p.amount, sum(a.gross_amount) AS documented
    FROM billing_advancevatinvoice a JOIN billing_payment p ON p.id = a.payment_id
    WHERE NOT EXISTS (SELECT FROM billing_advancevatwithdrawal w WHERE w.advance_id = a.id)
    GROUP BY p.id HAVING sum(a.gross_amount) > p.amount
    UNION ALL
    SELECT a.payment_id, a.gross_amount, sum((row ->> 2)::numeric)
    FROM billing_advancevatinvoice a CROSS JOIN LATERAL jsonb_array_elements(a.rows) row
    GROUP BY a.id HAVING sum((row ->> 2)::numeric) <> a.gross_amount OR sum((row ->> 3)::numeric) <> a.vat_amount
    """,
)

DEDUCTED_WITHIN_ADVANCE = Invariant(
    "deducted_within_advance",
    "What is deducted lies within the VAT of the advance, is all of it once all is set off, and none once taken back.",
    """
    SELECT a.id AS advance, a.vat_amount AS vat, sum(d.vat_amount) AS deducted
    FROM billing_advancevatinvoice a JOIN billing_advancededuction d ON d.advance_id = a.id
    WHERE NOT EXISTS (SELECT FROM billing_serviceactwithdrawal w WHERE w.act_id = d.act_id)
    GROUP BY a.id
    HAVING sum(d.gross_amount) > a.gross_amount OR sum(d.vat_amount) > a.vat_amount
        OR (sum(d.gross_amount) = a.gross_amount AND sum(d.vat_amount) <> a.vat_amount)
        OR EXISTS (SELECT FROM billing_advancevatwithdrawal w WHERE w.advance_id = a.id)
    """,
)

DEDUCTED_WITHIN_ACT = Invariant(
    "deducted_within_act",
    "An act deducts for no more than it states, and only of money that was there by its day.",
    """
    SELECT t.id AS act, sum(d.gross_amount) AS set_off
    FROM billing_advancededuction d JOIN billing_serviceact t ON t.id = d.act_id
    JOIN billing_advancevatinvoice a ON a.id = d.advance_id
    GROUP BY t.id
    HAVING bool_or(a.received_on > t.acted_on) OR sum(d.gross_amount) > (
        SELECT sum((row ->> 3)::numeric + (row ->> 4)::numeric) FROM jsonb_array_elements(t.rows) row)
    """,
)

ADVANCE_VAT = (ADVANCE_VAT_OF_RECEIPTS, DEDUCTED_WITHIN_ADVANCE, DEDUCTED_WITHIN_ACT)
