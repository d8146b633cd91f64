"""What exports promise: the kept bytes are those that were written, and each document left once in each format."""

from crm.invariants import Invariant

EXPORT_KEEPS_BYTES = Invariant(
    "export_keeps_bytes",
    "An export has its file, whose hash, length and number of documents are those of then.",
    """
    SELECT b.id AS batch FROM billing_exportbatch b LEFT JOIN billing_exportfile f ON f.batch_id = b.id
    WHERE f.id IS NULL OR f.sha256 <> encode(sha256(f.content), 'hex') OR f.size <> length(f.content)
       OR f.document_count = 0
       OR f.document_count <> (SELECT count(*) FROM billing_exporteddocument d WHERE d.batch_id = b.id)
           + (SELECT count(*) FROM billing_exportedhours h WHERE h.batch_id = b.id)
    """,
)

EXPORTED_ONCE = Invariant(
    "exported_once",
    "A document leaves once in a format, and again only in a repeat with a reason.",
    """
    SELECT d.format, d.invoice_id AS invoice, d.advance_id AS advance, count(*) AS exports
    FROM billing_exporteddocument d WHERE NOT d.is_repeat GROUP BY 1, 2, 3 HAVING count(*) > 1
    UNION ALL
    SELECT d.format, d.invoice_id, d.advance_id, 0
    FROM billing_exporteddocument d JOIN billing_exportbatch b ON b.id = d.batch_id
    WHERE d.format <> b.format OR (d.is_repeat AND (NOT b.is_repeat OR NOT EXISTS (
        SELECT 1 FROM billing_exporteddocument o
        WHERE o.format = d.format AND (o.invoice_id = d.invoice_id OR o.advance_id = d.advance_id)
          AND NOT o.is_repeat AND o.batch_id < d.batch_id)))
    """,
)

EXPORTED_AS_ASKED = Invariant(
    "exported_as_asked",
    "What stands in an export was issued, by its company and in its period; a cash discount was earned in it.",
    """
    SELECT b.id AS batch, i.id AS invoice
    FROM billing_exporteddocument d JOIN billing_exportbatch b ON b.id = d.batch_id
    JOIN billing_invoice i ON i.id = d.invoice_id
    WHERE i.status <> 'issued' OR i.seller_id <> b.seller_id
       OR b.format NOT IN ('datev_discounts', 'zm') AND i.issued_on NOT BETWEEN b.from_on AND b.to_on
       OR b.format = 'zm' AND (i.treatment <> 'reverse_charge'
           OR CASE i.kind WHEN 'credit_note' THEN i.issued_on ELSE i.supply_to END NOT BETWEEN b.from_on AND b.to_on)
       OR b.format = 'datev_discounts' AND NOT EXISTS (
           SELECT FROM billing_allocation a JOIN billing_payment p ON p.id = a.payment_id
           WHERE a.invoice_id = i.id AND a.discount_amount > 0
             AND greatest(p.received_on, i.issued_on) BETWEEN b.from_on AND b.to_on)
    UNION ALL
    SELECT b.id, a.invoice_id
    FROM billing_exporteddocument d JOIN billing_exportbatch b ON b.id = d.batch_id
    JOIN billing_advancevatinvoice a ON a.id = d.advance_id
    WHERE a.seller_id <> b.seller_id OR a.issued_on NOT BETWEEN b.from_on AND b.to_on
    """,
)

EXPORTS = (EXPORT_KEEPS_BYTES, EXPORTED_ONCE, EXPORTED_AS_ASKED)
