"""Offers and retainers may have cash discounts of their own."""

from decimal import Decimal

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import crm.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0047_held_statements"),
        ("clients", "0029_keep_years"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="offer",
            name="sent_is_frozen",
        ),
        migrations.AddField(
            model_name="offer",
            name="cash_discount_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(365)],
                verbose_name="cash discount within days",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="cash_discount_percent",
            field=crm.db.fields.PercentField(
                blank=True,
                decimal_places=2,
                help_text="Skonto; for example 2.00.",
                max_digits=6,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0.01")),
                    django.core.validators.MaxValueValidator(Decimal("50.00")),
                ],
                verbose_name="cash discount in %",
            ),
        ),
        migrations.AddField(
            model_name="retainer",
            name="cash_discount_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(365)],
                verbose_name="cash discount within days",
            ),
        ),
        migrations.AddField(
            model_name="retainer",
            name="cash_discount_percent",
            field=crm.db.fields.PercentField(
                blank=True,
                decimal_places=2,
                help_text="Skonto; for example 2.00.",
                max_digits=6,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0.01")),
                    django.core.validators.MaxValueValidator(Decimal("50.00")),
                ],
                verbose_name="cash discount in %",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="sent_is_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status <> 'draft' AND (OLD.hour_package_id, OLD.title, OLD.text, OLD.basis, OLD.currency, OLD.hourly_rate, OLD.fixed_price, OLD.price_includes_tax, OLD.estimated_minutes, OLD.valid_until, OLD.cash_discount_percent, OLD.cash_discount_days, OLD.document) IS DISTINCT FROM (NEW.hour_package_id, NEW.title, NEW.text, NEW.basis, NEW.currency, NEW.hourly_rate, NEW.fixed_price, NEW.price_includes_tax, NEW.estimated_minutes, NEW.valid_until, NEW.cash_discount_percent, NEW.cash_discount_days, NEW.document))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b868a472c07f1f7fb52fd89f94844458b0a362a5",
                    operation="UPDATE",
                    pgid="pgtrigger_sent_is_frozen_15916",
                    table="billing_offer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cash_discount_days", None), ("cash_discount_percent", None)),
                    models.Q(
                        ("cash_discount_days__isnull", False),
                        ("cash_discount_days__range", (0, 365)),
                        ("cash_discount_percent__isnull", False),
                        ("cash_discount_percent__range", (Decimal("0.01"), Decimal("50.00"))),
                    ),
                    _connector="OR",
                ),
                name="offer_cash_discount_whole",
                violation_error_code="cash_discount",
                violation_error_message="A cash discount has both: per cent up to 50, and days.",
            ),
        ),
        migrations.AddConstraint(
            model_name="retainer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cash_discount_days", None), ("cash_discount_percent", None)),
                    models.Q(
                        ("cash_discount_days__isnull", False),
                        ("cash_discount_days__range", (0, 365)),
                        ("cash_discount_percent__isnull", False),
                        ("cash_discount_percent__range", (Decimal("0.01"), Decimal("50.00"))),
                    ),
                    _connector="OR",
                ),
                name="retainer_cash_discount_whole",
                violation_error_code="cash_discount",
                violation_error_message="A cash discount has both: per cent up to 50, and days.",
            ),
        ),
    ]
