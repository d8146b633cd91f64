from django.db import migrations

import crm.db.fields

FILL = """
UPDATE billing_workmonth month SET self_approved_minutes = own.minutes
FROM (
    SELECT client_id, service_line_id, engagement_id, employee_id, date_trunc('month', worked_on)::date AS month_on,
        rate_currency AS currency, coalesce(rate_includes_tax, false) AS price_includes_tax, sum(minutes) AS minutes
    FROM billing_timeentry
    WHERE status IN ('approved', 'invoiced') AND approved_by_id = employee_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7
) own
WHERE (month.client_id, month.employee_id, month.month_on, month.currency, month.price_includes_tax)
    = (own.client_id, own.employee_id, own.month_on, own.currency, own.price_includes_tax)
  AND month.service_line_id IS NOT DISTINCT FROM own.service_line_id
  AND month.engagement_id IS NOT DISTINCT FROM own.engagement_id;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0026_hour_messages")]

    operations = [
        migrations.AddField(
            model_name="workmonth",
            name="self_approved_minutes",
            field=crm.db.fields.MinutesField(default=0),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
