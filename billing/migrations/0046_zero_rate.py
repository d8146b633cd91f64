"""Supplies taxed at 0 per cent, told apart from those without VAT."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0045_inquiry_sales"),
    ]

    operations = [
        migrations.AlterField(
            model_name="datevaccount",
            name="case",
            field=models.CharField(
                choices=[
                    ("standard", "standard rate"),
                    ("reduced", "reduced rate"),
                    ("reverse_charge", "reverse charge in the EU"),
                    ("third_country", "outside of the EU"),
                    ("exempt", "without VAT"),
                    ("advance", "advances received"),
                    ("package", "hours sold ahead"),
                    ("discount_standard", "cash discount, standard rate"),
                    ("discount_reduced", "cash discount, reduced rate"),
                    ("discount_reverse", "cash discount, reverse charge"),
                    ("discount_untaxed", "cash discount without VAT"),
                    ("zero", "zero rate"),
                ],
                max_length=17,
                verbose_name="case",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="vat",
            field=models.CharField(
                choices=[("S", "standard rate"), ("R", "reduced rate"), ("Z", "zero rate")],
                default="S",
                max_length=1,
                verbose_name="VAT",
            ),
        ),
    ]
