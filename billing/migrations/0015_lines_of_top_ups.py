import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_burn_factors_and_grace"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="purchase",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_lines",
                to="billing.ledgerrow",
            ),
        ),
    ]
