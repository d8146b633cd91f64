"""An extra that was not given after all says since when and why."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0035_simplified_rates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="extra",
            name="withdrawal_reason",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="why withdrawn"),
        ),
        migrations.AddField(
            model_name="extra",
            name="withdrawn_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="withdrawn on"),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawal_reason", ""), ("withdrawn_on", None)),
                    models.Q(
                        ("closed_on", None),
                        ("invoiced_on", None),
                        ("withdrawn_on__isnull", False),
                        models.Q(("withdrawal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="extra_withdrawn_with_reason",
                violation_error_code="wrong_status",
                violation_error_message="What is withdrawn says why, and is neither closed nor on an invoice.",
            ),
        ),
    ]
