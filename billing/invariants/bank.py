"""What bank statements promise: every matched entry is one payment of its own company, day and amount."""

from crm.invariants import Invariant

ENTRY_IS_PAYMENT = Invariant(
    "bank_entry_is_payment",
    "A matched bank entry and its payment agree in amount, currency, day and own company.",
    """
    SELECT e.id AS entry, p.id AS payment FROM billing_bankentry e
    JOIN clients_bankaccount a ON a.id = e.account_id JOIN billing_payment p ON p.id = e.payment_id
    WHERE (p.amount, p.currency, p.received_on, p.seller_id) <> (e.amount, e.currency, e.booked_on, a.seller_id)
    """,
)

RETURN_IS_REFUND = Invariant(
    "bank_return_is_refund",
    "An entry that returns a payment went out with the day of its refund, and no more than its amount came back.",
    """
    SELECT e.id AS entry, r.id AS refund FROM billing_bankentry e JOIN billing_refund r ON r.id = e.refund_id
    WHERE e.is_credit OR r.kind <> 'returned' OR r.amount > e.amount - e.fee_amount OR r.paid_on <> e.booked_on
    """,
)

ONLY_ACCEPTED_POST = Invariant(
    "bank_only_accepted_post",
    "Nothing of a statement that was not taken in is decided.",
    """
    SELECT e.id AS entry FROM billing_bankentry e JOIN billing_bankstatement s ON s.id = e.statement_id
    WHERE s.state <> 'accepted' AND e.state <> 'new'
    """,
)

STATEMENT_HAS_ITS_LINES = Invariant(
    "bank_statement_has_lines",
    "A statement has an entry for each of its lines that no other file had brought.",
    """
    SELECT s.id AS statement FROM billing_bankstatement s LEFT JOIN billing_bankentry e ON e.statement_id = s.id
    GROUP BY s.id HAVING count(e.id) <> s.line_count - s.known_count
    """,
)

BANK = (ENTRY_IS_PAYMENT, RETURN_IS_REFUND, ONLY_ACCEPTED_POST, STATEMENT_HAS_ITS_LINES)
