"""Beside the revenue of a day stands what is left of its invoices: credit notes lower it on the day of the invoice."""

from django.db import migrations

import crm.db

FILL = """
DELETE FROM billing_revenueday;
INSERT INTO billing_revenueday
    (client_id, seller_id, service_line_id, issued_on, net_amount, standing_amount, invoice_count, missing_rate_count)
SELECT client_id, seller_id, service_line_id, issued_on, sum(net), sum(standing), sum(purchases), 0
FROM (
    SELECT i.client_id, i.seller_id, l.service_line_id, i.issued_on,
        CASE i.kind WHEN 'credit_note' THEN -l.base_net_amount ELSE l.base_net_amount END AS net,
        CASE i.kind WHEN 'credit_note' THEN 0 ELSE l.base_net_amount END AS standing,
        0 AS purchases
    FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
    WHERE i.status = 'issued' AND l.base_net_amount <> 0
    UNION ALL
    SELECT i.client_id, i.seller_id, l.service_line_id, i.issued_on, 0, -l.base_net_amount, 0
    FROM billing_invoiceline l
    JOIN billing_invoice note ON note.id = l.invoice_id
    JOIN billing_invoice i ON i.id = note.corrects_id
    WHERE note.status = 'issued' AND note.kind = 'credit_note' AND l.base_net_amount <> 0
    UNION ALL
    SELECT i.client_id, i.seller_id, paid.service_line_id, i.issued_on, 0, 0, 1
    FROM billing_invoice i
    CROSS JOIN LATERAL (
        SELECT service_line_id FROM billing_invoiceline
        WHERE invoice_id = i.id AND base_net_amount <> 0 ORDER BY position LIMIT 1
    ) paid
    LEFT JOIN LATERAL (
        SELECT sum(gross_amount) AS gross FROM billing_invoice WHERE corrects_id = i.id AND status = 'issued'
    ) credited ON true
    WHERE i.status = 'issued' AND i.kind = 'invoice' AND i.net_amount > 0
      AND i.gross_amount > coalesce(credited.gross, 0)
) parts
GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0058_value_statements_sent")]

    operations = [
        migrations.AddField(
            model_name="revenueday",
            name="standing_amount",
            field=crm.db.MoneyField(decimal_places=2, default=0, max_digits=14),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
