"""How long an own company keeps its documents, where that is longer than the law wants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0028_taxed_when_paid"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="keep_years",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Counted from the end of the year. Left empty, as the law wants: 8 years in Germany, 5 in Russia.",
                null=True,
                verbose_name="keep documents for, in years",
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.CheckConstraint(
                condition=models.Q(("keep_years", None), ("keep_years__range", (1, 99)), _connector="OR"),
                name="seller_keeps_documents",
                violation_error_message="Documents are kept between 1 and 99 years.",
            ),
        ),
    ]
