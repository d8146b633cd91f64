"""Prices below the ordinary one: a discount that names a rate or an offer, and a rate that may wait for a partner."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import crm.db.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0052_attachments"),
        ("clients", "0031_influence_on_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="discount",
            name="discount_reasoned",
        ),
        migrations.RemoveConstraint(
            model_name="discount",
            name="discount_no_overlap",
        ),
        migrations.RemoveConstraint(
            model_name="rate",
            name="rate_no_overlap",
        ),
        migrations.AddField(
            model_name="discount",
            name="rate",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="discounts",
                to="billing.rate",
                verbose_name="rate",
            ),
        ),
        migrations.AddField(
            model_name="rate",
            name="approved",
            field=models.BooleanField(default=True, editable=False, null=True, verbose_name="approved"),
        ),
        migrations.AlterField(
            model_name="discount",
            name="covers",
            field=models.CharField(
                choices=[
                    ("hours", "hours"),
                    ("services", "hours, fixed prices and retainer fees"),
                    ("price", "the agreed price itself, against the ordinary one"),
                ],
                default="hours",
                max_length=8,
                verbose_name="off",
            ),
        ),
        migrations.AlterField(
            model_name="discount",
            name="reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="reason"),
        ),
        migrations.AddConstraint(
            model_name="discount",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("reason", ""), _negated=True), ("covers", "price"), _connector="OR"),
                name="discount_reasoned",
                violation_error_message="A discount needs a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="discount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("covers", "price"), _negated=True), ("rate", None)),
                    models.Q(
                        ("client__isnull", False),
                        ("covers", "price"),
                        ("engagement", None),
                        ("retainer", None),
                        models.Q(
                            models.Q(("offer__isnull", False), ("rate", None)),
                            models.Q(("offer", None), ("rate__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="discount_of_one_price",
                violation_error_message="A price that was agreed low is that of one rate or offer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="discount",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    models.Q(("approved", False), _negated=True), models.Q(("covers", "price"), _negated=True)
                ),
                expressions=[
                    (django.db.models.functions.comparison.Coalesce(models.F("client_id"), models.Value(0)), "="),
                    (models.F("tier"), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("service_line_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("engagement_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("offer_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("retainer_id"), models.Value(0)), "="),
                    (
                        crm.db.constraints.DateRange(models.F("valid_from"), models.F("valid_to"), models.Value("[]")),
                        "&&",
                    ),
                ],
                name="discount_no_overlap",
                violation_error_code="overlap",
                violation_error_message="There is another discount for that time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("approved", False), _negated=True),
                expressions=[
                    (django.db.models.functions.comparison.Coalesce(models.F("seller_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("client_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("employee_id"), models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("service_line_id"), models.Value(0)), "="),
                    (
                        crm.db.constraints.DateRange(models.F("valid_from"), models.F("valid_to"), models.Value("[]")),
                        "&&",
                    ),
                ],
                name="rate_no_overlap",
                violation_error_code="overlap",
                violation_error_message="Another rate of the same scope is valid in this period.",
            ),
        ),
    ]
