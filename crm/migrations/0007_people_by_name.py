"""People stand in the order in which names are looked up."""

import django.contrib.postgres.lookups
import django.db.models.functions.text
from django.db import migrations, models


def by_name(path: str) -> django.db.models.functions.text.Lower:
    return django.db.models.functions.text.Lower(django.contrib.postgres.lookups.Unaccent(models.F(path)))


class Migration(migrations.Migration):
    dependencies = [("crm", "0006_webhooks")]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "ordering": [by_name("last_name"), by_name("first_name"), "username"],
                "verbose_name": "person",
                "verbose_name_plural": "people",
            },
        ),
    ]
