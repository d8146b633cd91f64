from django.db import migrations

import crm.db.fields

FILL = """
UPDATE billing_workmonth month SET fixed_minutes = fixed.minutes
FROM (
    SELECT e.client_id, e.service_line_id, e.engagement_id, e.employee_id,
        date_trunc('month', e.worked_on)::date AS month_on,
        e.rate_currency AS currency, coalesce(e.rate_includes_tax, false) AS price_includes_tax,
        sum(c.minutes) AS minutes
    FROM billing_coverage c JOIN billing_timeentry e ON e.id = c.entry_id
    WHERE c.source = 'offer' AND e.status IN ('approved', 'invoiced')
    GROUP BY 1, 2, 3, 4, 5, 6, 7
) fixed
WHERE (month.client_id, month.employee_id, month.month_on, month.currency, month.price_includes_tax)
    = (fixed.client_id, fixed.employee_id, fixed.month_on, fixed.currency, fixed.price_includes_tax)
  AND month.service_line_id IS NOT DISTINCT FROM fixed.service_line_id
  AND month.engagement_id IS NOT DISTINCT FROM fixed.engagement_id;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0056_bank_files")]

    operations = [
        migrations.AddField(
            model_name="workmonth",
            name="fixed_minutes",
            field=crm.db.fields.MinutesField(default=0),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
