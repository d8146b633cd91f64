"""Bank statements are held for missing balances and overlaps, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0046_zero_rate"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bankstatement",
            name="problem",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none"),
                    ("sums", "opening, movements and closing do not add up"),
                    ("gap", "it does not begin where the last one ended, or the next one not where it ends"),
                    ("overlap", "it tells days again that another one told, from another balance"),
                    ("opening", "its opening balance is missing"),
                    ("closing", "its closing balance is missing"),
                    ("balances", "its opening and closing balances are missing"),
                ],
                max_length=8,
                verbose_name="problem",
            ),
        ),
    ]
