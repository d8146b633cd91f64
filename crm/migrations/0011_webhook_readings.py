"""How far each webhook has read the trail, so that a night without a worker loses nothing."""

import django.db.models.deletion
from django.db import migrations, models

READ_BY_NOW = "INSERT INTO crm_webhookreading (webhook_id, read_until) SELECT id, now() FROM crm_webhook"


class Migration(migrations.Migration):
    dependencies = [("crm", "0010_tries_of_jobs")]

    operations = [
        migrations.CreateModel(
            name="WebhookReading",
            fields=[
                (
                    "webhook",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reading",
                        serialize=False,
                        to="crm.webhook",
                    ),
                ),
                ("read_until", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(READ_BY_NOW, migrations.RunSQL.noop),
    ]
