"""The badge's value and its band lie beside the other figures, and lists sort by badge and by names as looked up."""

from django.contrib.postgres.lookups import Unaccent
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

import crm.db.fields


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_outline_limit")]

    operations = [
        migrations.AlterModelOptions(
            name="client",
            options={
                "ordering": [Lower(Unaccent(F("name"))), "id"],
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.AlterModelOptions(
            name="contact",
            options={
                "ordering": [Lower(Unaccent(F("last_name"))), Lower(Unaccent(F("first_name"))), "id"],
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
            },
        ),
        migrations.RemoveIndex(model_name="clientfigure", name="figure_by_value"),
        migrations.AddField(
            model_name="clientfigure",
            name="badge_value",
            field=crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="lifetime value"),
        ),
        migrations.AddField(
            model_name="clientfigure",
            name="band_low",
            field=crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="clientfigure",
            name="band_high",
            field=crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddIndex(
            model_name="clientfigure", index=models.Index(fields=["-badge_value"], name="figure_by_value")
        ),
        migrations.AddConstraint(
            model_name="clientfigure",
            constraint=models.CheckConstraint(
                condition=Q(band_low=None) | Q(band_high=None) | Q(band_low__lt=F("band_high")),
                name="figure_band_rises",
                violation_error_message="A band rises.",
            ),
        ),
    ]
