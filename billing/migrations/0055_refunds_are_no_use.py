from django.db import migrations

import crm.db.fields

REFUNDED = """
UPDATE billing_hourpackage package SET refunded_minutes = given.minutes
FROM (SELECT account_id, -sum(minutes) AS minutes FROM billing_ledgerrow WHERE kind = 'refund' GROUP BY 1) given
WHERE given.account_id = package.account_id;
"""

# Free minutes after an invoice were counted a second time where the rest was given free for another reason.
COUNTED_ONCE = """
UPDATE billing_workmonth month SET
    warranty_minutes = warranty_minutes - twice.warranty,
    dispute_minutes = dispute_minutes - twice.dispute,
    internal_minutes = internal_minutes - twice.internal
FROM (
    SELECT client_id, service_line_id, engagement_id, employee_id, date_trunc('month', worked_on)::date AS month_on,
        rate_currency AS currency, coalesce(rate_includes_tax, false) AS price_includes_tax,
        coalesce(sum(follow_up_minutes) FILTER (WHERE billing_type = 'warranty'), 0) AS warranty,
        coalesce(sum(follow_up_minutes) FILTER (WHERE billing_type = 'dispute'), 0) AS dispute,
        coalesce(sum(follow_up_minutes) FILTER (WHERE billing_type = 'non_billable'), 0) AS internal
    FROM billing_timeentry
    WHERE status IN ('approved', 'invoiced') AND follow_up_minutes > 0
    GROUP BY 1, 2, 3, 4, 5, 6, 7
) twice
WHERE (month.client_id, month.employee_id, month.month_on, month.currency, month.price_includes_tax)
    = (twice.client_id, twice.employee_id, twice.month_on, twice.currency, twice.price_includes_tax)
  AND month.service_line_id IS NOT DISTINCT FROM twice.service_line_id
  AND month.engagement_id IS NOT DISTINCT FROM twice.engagement_id;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0054_multi_purpose_hours")]

    operations = [
        migrations.AddField(
            model_name="hourpackage",
            name="refunded_minutes",
            field=crm.db.fields.MinutesField(default=0, editable=False),
        ),
        migrations.RunSQL(REFUNDED, migrations.RunSQL.noop),
        migrations.RunSQL(COUNTED_ONCE, migrations.RunSQL.noop),
    ]
