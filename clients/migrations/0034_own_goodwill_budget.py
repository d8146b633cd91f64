"""A client's own goodwill budget of the year stands among its figures, where its card and the lists read it."""

from django.db import migrations

import crm.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0033_first_responses"),
    ]

    operations = [
        migrations.AddField("clientfigure", "own_goodwill_minutes", crm.db.fields.MinutesField(null=True)),
    ]
