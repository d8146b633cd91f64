"""Who was sent a monthly report before has had a value statement on that day."""

from django.conf import settings
from django.db import migrations

SENT = """
UPDATE clients_contact SET value_statement_on = sent.day
FROM (
    SELECT contact_id, max((sent_at AT TIME ZONE %s)::date) AS day
    FROM billing_monthlyreport WHERE contact_id IS NOT NULL GROUP BY contact_id
) sent
WHERE clients_contact.id = sent.contact_id
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0057_work_on_fixed_prices"), ("clients", "0032_value_statements")]

    operations = [migrations.RunSQL([(SENT, [settings.TIME_ZONE])], migrations.RunSQL.noop)]
