"""Own companies that owe VAT when they are paid."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0027_views_of_every_list"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="is_taxed_when_paid",
            field=models.BooleanField(
                default=False,
                help_text="Ist-Versteuerung by § 20 UStG: invoices say so, and e-invoices name the payment as tax point.",
                verbose_name="VAT is owed when paid",
            ),
        ),
    ]
