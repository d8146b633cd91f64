"""The billing floor: what was agreed, done and owed."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import crm.db.constraints
import crm.db.fields


class Migration(migrations.Migration):
    replaces = [
        ("billing", "0001_billing_floor"),
        ("billing", "0002_documents_and_answers"),
        ("billing", "0003_hours_upkeep"),
        ("billing", "0004_lines_details_and_releases"),
        ("billing", "0005_outbox_of_offers_and_runs"),
        ("billing", "0006_tombstones_of_drafts"),
    ]

    initial = True

    dependencies = [
        ("clients", "0001_clients_and_care"),
        ("crm", "0002_people_and_trail"),
    ]

    operations = [
        migrations.CreateModel(
            name="HourAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("balance_minutes", crm.db.fields.MinutesField(default=0, editable=False)),
                ("overdraft_minutes", crm.db.fields.MinutesField(default=0)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hour_accounts", to="clients.client"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("overdraft_minutes__gte", 0)), name="hour_account_overdraft_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "balance_minutes__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("overdraft_minutes"), "*", models.Value(-1)
                                ),
                            )
                        ),
                        name="hour_account_not_overdrawn",
                        violation_error_code="balance_limit",
                        violation_error_message="There are not enough hours left.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "external_source",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="external source"),
                ),
                ("external_id", models.CharField(blank=True, default="", max_length=120, verbose_name="external id")),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("received_on", models.DateField(verbose_name="received on")),
                ("reference", models.CharField(blank=True, max_length=140, verbose_name="reference")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["-received_on", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_source", "external_id"),
                        name="payment_external_key",
                        violation_error_code="external_id_taken",
                        violation_error_message="This external id is already in use for this source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="payment_positive",
                        violation_error_message="A payment is greater than zero.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodLock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("time", "time"), ("documents", "documents")], max_length=9, verbose_name="kind"
                    ),
                ),
                ("locked_until_on", models.DateField(verbose_name="locked until")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
            ],
            options={
                "verbose_name": "period lock",
                "verbose_name_plural": "period locks",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "time"), ("seller", None)),
                            models.Q(("kind", "documents"), ("seller__isnull", False)),
                            _connector="OR",
                        ),
                        name="lock_documents_name_seller",
                        violation_error_message="Documents are locked for one own company, time for all.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount an hour")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("price_includes_tax", models.BooleanField(default=False, verbose_name="includes VAT")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="employee",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
            ],
            options={
                "verbose_name": "rate",
                "verbose_name_plural": "rates",
                "ordering": ["seller", "client", "employee", "service_line", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("client", None), ("employee", None), _connector="OR"),
                        name="rate_client_or_employee",
                        violation_error_message="A rate is for a client or for an employee, not for both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)),
                        name="rate_not_negative",
                        violation_error_message="A rate is not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="rate_period_in_order",
                        violation_error_message="It ends before it begins.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                django.db.models.functions.comparison.Coalesce(models.F("seller_id"), models.Value(0)),
                                "=",
                            ),
                            (
                                django.db.models.functions.comparison.Coalesce(models.F("client_id"), models.Value(0)),
                                "=",
                            ),
                            (
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("employee_id"), models.Value(0)
                                ),
                                "=",
                            ),
                            (
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("service_line_id"), models.Value(0)
                                ),
                                "=",
                            ),
                            (
                                crm.db.constraints.DateRange(
                                    models.F("valid_from"), models.F("valid_to"), models.Value("[]")
                                ),
                                "&&",
                            ),
                        ],
                        name="rate_no_overlap",
                        violation_error_code="overlap",
                        violation_error_message="Another rate of the same scope is valid in this period.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RateChangeAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("agreement", models.CharField(max_length=40)),
                (
                    "agreed_percent",
                    crm.db.fields.PercentField(decimal_places=2, max_digits=6, verbose_name="agreed with VAT of"),
                ),
                ("new_percent", crm.db.fields.PercentField(decimal_places=2, max_digits=6, verbose_name="VAT now")),
                (
                    "choice",
                    models.CharField(
                        choices=[("price_stays", "the price stays"), ("vat_on_top", "VAT goes on top")],
                        max_length=11,
                        verbose_name="agreed",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rate_change_answers",
                        to="clients.client",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a change of VAT",
                "verbose_name_plural": "answers to a change of VAT",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "client", "new_percent"),
                        name="rate_change_answered_once",
                        violation_error_code="already_done",
                        violation_error_message="This question was already answered.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Retainer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                ("monthly_fee", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="fee a month")),
                ("fee_months", models.PositiveSmallIntegerField(default=1, verbose_name="months a fee covers")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("price_includes_tax", models.BooleanField(default=False, verbose_name="includes VAT")),
                ("term_months", models.PositiveSmallIntegerField(default=12, verbose_name="term in months")),
                ("starts_on", models.DateField(verbose_name="starts on")),
                ("committed_until_on", models.DateField(blank=True, null=True, verbose_name="committed until")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
                ("included_minutes", crm.db.fields.MinutesField(default=0, verbose_name="included hours")),
                (
                    "allowance_period",
                    models.CharField(
                        choices=[("month", "a month"), ("quarter", "a quarter"), ("term", "the whole term")],
                        default="month",
                        max_length=7,
                        verbose_name="hours for",
                    ),
                ),
                (
                    "rollover",
                    models.CharField(
                        choices=[
                            ("none", "lapse"),
                            ("unlimited", "carry over"),
                            ("capped", "carry over up to a limit"),
                        ],
                        default="none",
                        max_length=9,
                        verbose_name="unused hours",
                    ),
                ),
                ("rollover_cap_minutes", crm.db.fields.MinutesField(default=0, verbose_name="limit of carried hours")),
                (
                    "overage_policy",
                    models.CharField(
                        choices=[
                            ("bill_overage", "bill the rest"),
                            ("allow_negative", "go below zero"),
                            ("require_top_up", "wait for a top-up"),
                        ],
                        default="bill_overage",
                        max_length=14,
                        verbose_name="beyond the allowance",
                    ),
                ),
                (
                    "overage_rate",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="overage rate an hour"
                    ),
                ),
                ("negative_limit_minutes", crm.db.fields.MinutesField(default=0, verbose_name="may go below zero by")),
                (
                    "bill_in",
                    models.CharField(
                        choices=[("advance", "in advance"), ("arrears", "afterwards")],
                        default="advance",
                        max_length=7,
                        verbose_name="billed",
                    ),
                ),
                ("auto_issue", models.BooleanField(default=False, verbose_name="issue without asking")),
                ("notice_days", models.PositiveSmallIntegerField(default=30, verbose_name="notice in days")),
                (
                    "renewal_mode",
                    models.CharField(
                        choices=[("automatic", "renews by itself"), ("ask", "ask the client"), ("ends", "ends")],
                        default="ask",
                        max_length=9,
                        verbose_name="renewal",
                    ),
                ),
                (
                    "one_off_price",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="one-off price"
                    ),
                ),
                ("one_off_minutes", crm.db.fields.MinutesField(blank=True, null=True, verbose_name="one-off hours")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("active", "running"), ("ended", "ended")],
                        default="draft",
                        max_length=6,
                        verbose_name="status",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retainers",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lead",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_lines",
                    models.ManyToManyField(blank=True, to="clients.serviceline", verbose_name="service lines"),
                ),
            ],
            options={
                "verbose_name": "retainer",
                "verbose_name_plural": "retainers",
                "ordering": ["-starts_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("included_minutes__gte", 0), ("monthly_fee__gte", 0), ("rollover_cap_minutes__gte", 0)
                        ),
                        name="retainer_not_negative",
                        violation_error_message="Fee and hours are not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee_months__in", [1, 3]), ("term_months__gte", 1)),
                        name="retainer_term_positive",
                        violation_error_message="A term has at least one month; a fee covers one month or three.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None), ("ended_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="retainer_ends_after_start",
                        violation_error_message="It ends before it begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RevenueDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issued_on", models.DateField()),
                ("net_amount", crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("invoice_count", models.IntegerField(default=0)),
                ("missing_rate_count", models.IntegerField(default=0)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revenue_days", to="clients.client"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.seller"
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.serviceline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "seller", "service_line", "issued_on"),
                        name="revenue_day_once",
                        nulls_distinct=False,
                    )
                ],
                "indexes": [
                    models.Index(fields=["issued_on", "client"], include=("net_amount",), name="revenue_day_cover")
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "invoices"), ("credit_note", "credit notes"), ("offer", "offers")],
                        max_length=11,
                        verbose_name="for",
                    ),
                ),
                ("code", models.SlugField(max_length=12, verbose_name="code")),
                ("pattern", models.CharField(default="{year}-{number:04}", max_length=40, verbose_name="pattern")),
                ("first_number", models.PositiveIntegerField(default=1, verbose_name="first number")),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="series",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "ordering": ["seller", "kind", "code"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "code"),
                        name="series_code_once",
                        violation_error_message="This company already has a series with this code.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VatRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "category",
                    models.CharField(
                        choices=[("S", "standard"), ("R", "reduced")], max_length=1, verbose_name="category"
                    ),
                ),
                ("rate", crm.db.fields.PercentField(decimal_places=2, max_digits=6, verbose_name="VAT in per cent")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
            ],
            options={
                "verbose_name": "VAT rate",
                "verbose_name_plural": "VAT rates",
                "ordering": ["country", "category", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rate__range", (0, 100))),
                        name="vat_rate_range",
                        violation_error_message="VAT lies between 0 and 100 per cent.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="vat_rate_period_in_order",
                        violation_error_message="It ends before it begins.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.F("country"), "="),
                            (models.F("category"), "="),
                            (
                                crm.db.constraints.DateRange(
                                    models.F("valid_from"), models.F("valid_to"), models.Value("[]")
                                ),
                                "&&",
                            ),
                        ],
                        name="vat_rate_no_overlap",
                        violation_error_code="overlap",
                        violation_error_message="Another rate is valid then.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month_on", models.DateField()),
                ("minutes", crm.db.fields.MinutesField(default=0)),
                ("goodwill_minutes", crm.db.fields.MinutesField(default=0)),
                ("prepaid_minutes", crm.db.fields.MinutesField(default=0)),
                ("cost_amount", crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="work_months", to="clients.client"
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.serviceline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "service_line", "month_on"), name="work_month_once", nulls_distinct=False
                    )
                ],
                "indexes": [
                    models.Index(fields=["month_on", "client"], include=("cost_amount",), name="work_month_cover")
                ],
            },
        ),
        migrations.CreateModel(
            name="CostRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "cost_per_hour",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="cost an hour"),
                ),
                ("currency", crm.db.fields.CurrencyField(default="EUR", max_length=3, verbose_name="currency")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cost_rates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "cost rate",
                "verbose_name_plural": "cost rates",
                "ordering": ["employee", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cost_per_hour__gte", 0)),
                        name="cost_rate_not_negative",
                        violation_error_message="A cost is not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="cost_rate_period_in_order",
                        violation_error_message="It ends before it begins.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("employee_id"), models.Value(0)
                                ),
                                "=",
                            ),
                            (
                                crm.db.constraints.DateRange(
                                    models.F("valid_from"), models.F("valid_to"), models.Value("[]")
                                ),
                                "&&",
                            ),
                        ],
                        name="cost_rate_no_overlap",
                        violation_error_code="overlap",
                        violation_error_message="Another cost is valid in this period.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("base", crm.db.fields.CurrencyField(max_length=3, verbose_name="of one")),
                ("quote", crm.db.fields.CurrencyField(max_length=3, verbose_name="in")),
                ("rate", crm.db.fields.RateField(decimal_places=10, max_digits=20, verbose_name="rate")),
                ("valid_on", models.DateField(verbose_name="day")),
                ("source", models.CharField(default="manual", max_length=12, verbose_name="source")),
            ],
            options={
                "verbose_name": "exchange rate",
                "verbose_name_plural": "exchange rates",
                "ordering": ["-valid_on", "base", "quote"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("base", "quote", "valid_on", "source"),
                        name="exchange_rate_once",
                        violation_error_message="This source already has a rate for that day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)),
                        name="exchange_rate_positive",
                        violation_error_message="A rate is greater than zero.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("last_issued_on", models.DateField(null=True)),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="years", to="billing.series"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "year"), name="series_year_once")],
            },
        ),
        migrations.CreateModel(
            name="DocumentDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.EmailField(blank=True, max_length=254, verbose_name="recipient")),
                ("rendered_at", models.DateTimeField(null=True, verbose_name="file made at")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=300, verbose_name="last failure")),
                ("next_attempt_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("rendered_at", None),
                            models.Q(("sent_at", None), models.Q(("recipient", ""), _negated=True)),
                            _connector="OR",
                        ),
                        fields=["next_attempt_at"],
                        name="delivery_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "format",
                    models.CharField(
                        choices=[("pdf", "PDF"), ("xrechnung", "XRechnung"), ("zugferd", "ZUGFeRD")], max_length=9
                    ),
                ),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="HourPackage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("granted", "granted"), ("paid", "paid")],
                        default="paid",
                        max_length=7,
                        verbose_name="kind",
                    ),
                ),
                ("grant_reason", models.CharField(blank=True, max_length=200, verbose_name="reason of the grant")),
                ("purchased_minutes", crm.db.fields.MinutesField(verbose_name="hours bought")),
                ("price", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="price")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("price_includes_tax", models.BooleanField(default=False, verbose_name="price includes VAT")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="expires on")),
                ("priority", models.PositiveSmallIntegerField(default=100, verbose_name="priority")),
                ("pay_before_use", models.BooleanField(default=False, verbose_name="paid before use")),
                (
                    "overage_policy",
                    models.CharField(
                        choices=[
                            ("bill_overage", "bill the rest"),
                            ("allow_negative", "go below zero"),
                            ("require_top_up", "wait for a top-up"),
                        ],
                        default="bill_overage",
                        max_length=14,
                        verbose_name="beyond the package",
                    ),
                ),
                (
                    "overage_rate",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="overage rate an hour"
                    ),
                ),
                ("negative_limit_minutes", crm.db.fields.MinutesField(default=0, verbose_name="may go below zero by")),
                ("draw_on_log", models.BooleanField(default=True, verbose_name="draw when logged")),
                (
                    "burn_factor",
                    crm.db.fields.RateField(decimal_places=10, default=1, max_digits=20, verbose_name="burn factor"),
                ),
                ("voided_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "account",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="package",
                        to="billing.houraccount",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_lines",
                    models.ManyToManyField(blank=True, to="clients.serviceline", verbose_name="service lines"),
                ),
            ],
            options={
                "verbose_name": "hour package",
                "verbose_name_plural": "hour packages",
                "ordering": ["client", "priority", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purchased_minutes__gt", 0)),
                        name="package_has_minutes",
                        violation_error_message="A package has at least one minute.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "paid"), models.Q(("grant_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="package_grant_reasoned",
                        violation_error_message="A granted package needs a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on", None), ("expires_on__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="package_expires_after_start",
                        violation_error_message="It expires before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("burn_factor__gt", 0), ("negative_limit_minutes__gte", 0), ("price__gte", 0)
                        ),
                        name="package_terms_positive",
                        violation_error_message="Price and limits are not negative, the factor is above zero.",
                    ),
                ],
                "indexes": [models.Index(fields=["client", "valid_from"], name="package_by_client")],
            },
        ),
        migrations.CreateModel(
            name="PackageAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("percent", models.PositiveSmallIntegerField()),
                ("bought_minutes", crm.db.fields.MinutesField()),
                ("made_at", models.DateTimeField()),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="billing.hourpackage"
                    ),
                ),
                (
                    "told",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["package", "percent"],
                "constraints": [
                    models.UniqueConstraint(fields=("package", "percent", "bought_minutes"), name="package_alert_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceVat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rate", crm.db.fields.PercentField(decimal_places=2, max_digits=6)),
                ("category", models.CharField(max_length=2)),
                ("net_amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14)),
                ("vat_amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14)),
            ],
            options={
                "ordering": ["invoice", "-rate"],
            },
        ),
        migrations.CreateModel(
            name="OfferItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("description", models.CharField(max_length=300, verbose_name="description")),
                ("minutes", crm.db.fields.MinutesField(default=0, verbose_name="minutes")),
            ],
            options={
                "ordering": ["offer", "position"],
            },
        ),
        migrations.CreateModel(
            name="OfferSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("accepted", models.BooleanField()),
                ("by_name", models.CharField(max_length=160, verbose_name="name")),
                ("at", models.DateTimeField()),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                ("document_sha256", models.CharField(max_length=64)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RetainerPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("draft_on", models.DateField()),
                ("fee", crm.db.fields.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retainer_period",
                        to="billing.houraccount",
                    ),
                ),
                (
                    "retainer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="periods", to="billing.retainer"
                    ),
                ),
            ],
            options={
                "ordering": ["retainer", "starts_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("retainer", "starts_on"), name="retainer_period_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="retainer_period_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="timer",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=1000)),
                ("started_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WriteOffRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("requested_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("approved", models.BooleanField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "write-off request",
                "verbose_name_plural": "write-off requests",
                "ordering": ["-requested_at", "-id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="write_off_request_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="write_off_request_reasoned",
                        violation_error_message="A write-off needs a reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("written_off_on", models.DateField(verbose_name="date")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("made_at", models.DateTimeField()),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_off",
                        to="billing.writeoffrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="write_off_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="write_off_reasoned",
                        violation_error_message="A write-off needs a reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="billing.payment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="allocation_not_zero")
                ],
            },
        ),
        migrations.CreateModel(
            name="Engagement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "open"), ("closed", "closed")],
                        default="open",
                        max_length=6,
                        verbose_name="status",
                    ),
                ),
                ("started_on", models.DateField(verbose_name="started on")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagements",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="led_engagements",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lead",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
                (
                    "retainer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagements",
                        to="billing.retainer",
                        verbose_name="retainer",
                    ),
                ),
            ],
            options={
                "verbose_name": "engagement",
                "verbose_name_plural": "engagements",
                "ordering": ["-started_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_on", None), ("status", "open")),
                            models.Q(("closed_on__gte", models.F("started_on")), ("status", "closed")),
                            _connector="OR",
                        ),
                        name="engagement_closed_after_start",
                        violation_error_message="A closed engagement has a closing date after its start.",
                    )
                ],
                "indexes": [models.Index(fields=["client", "status"], name="engagement_by_client")],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "external_source",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="external source"),
                ),
                ("external_id", models.CharField(blank=True, default="", max_length=120, verbose_name="external id")),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "invoice"), ("credit_note", "credit note")],
                        default="invoice",
                        max_length=11,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("issued", "issued")],
                        default="draft",
                        max_length=6,
                        verbose_name="status",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="number")),
                ("sequence", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="issued on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due on")),
                ("supply_from", models.DateField(blank=True, null=True, verbose_name="supplied from")),
                ("supply_to", models.DateField(blank=True, null=True, verbose_name="supplied to")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("price_includes_tax", models.BooleanField(verbose_name="prices include VAT")),
                (
                    "treatment",
                    models.CharField(
                        choices=[
                            ("standard", "VAT charged"),
                            ("reverse_charge", "reverse charge"),
                            ("out_of_scope", "outside VAT"),
                            ("no_vat", "seller without VAT"),
                        ],
                        default="standard",
                        max_length=14,
                        verbose_name="VAT",
                    ),
                ),
                ("language", models.CharField(default="en", max_length=2, verbose_name="language")),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="buyer reference")),
                ("notes", models.TextField(blank=True, max_length=4000, verbose_name="text on the invoice")),
                (
                    "net_amount",
                    crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="net"),
                ),
                (
                    "vat_amount",
                    crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="VAT"),
                ),
                (
                    "gross_amount",
                    crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="gross"),
                ),
                (
                    "base_rate",
                    crm.db.fields.RateField(blank=True, decimal_places=10, editable=False, max_digits=20, null=True),
                ),
                (
                    "base_net_amount",
                    crm.db.fields.MoneyField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True),
                ),
                ("seller_frozen", models.JSONField(default=dict, editable=False)),
                ("buyer_frozen", models.JSONField(default=dict, editable=False)),
                ("content_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("correction_kind", models.CharField(blank=True, max_length=14)),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("drafted_on", models.DateField()),
                ("issue_asked_on", models.DateField(blank=True, editable=False, null=True)),
                ("issue_problem", models.CharField(blank=True, editable=False, max_length=200)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="billing.invoice",
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="billing.engagement",
                    ),
                ),
                (
                    "issue_asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="billing.series",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "ordering": ["-issued_on", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_source", "external_id"),
                        name="invoice_external_key",
                        violation_error_code="external_id_taken",
                        violation_error_message="This external id is already in use for this source.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("series", "number"),
                        name="invoice_number_once",
                        violation_error_message="This number is taken.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", ""), ("sequence", None), ("status", "draft")),
                            models.Q(
                                models.Q(("number", ""), _negated=True),
                                models.Q(("content_sha256", ""), _negated=True),
                                ("issued_on__isnull", False),
                                ("sequence__isnull", False),
                                ("series__isnull", False),
                                ("status", "issued"),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_number_when_issued",
                        violation_error_message="A draft has no number; an issued document has one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross_amount",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net_amount"), "+", models.F("vat_amount")
                                ),
                            )
                        ),
                        name="invoice_total_adds_up",
                        violation_error_message="Net and VAT do not add up to the total.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects", None), ("kind", "invoice")),
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                ("corrects__isnull", False),
                                ("kind", "credit_note"),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_credit_names_invoice",
                        violation_error_message="A credit note names its invoice and a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "issued"), _negated=True),
                            models.Q(("net_amount__gte", 0), ("vat_amount__gte", 0)),
                            _connector="OR",
                        ),
                        name="invoice_issued_not_negative",
                        violation_error_message="An issued document is not negative.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["client", "-issued_on"], name="invoice_by_client"),
                    models.Index(fields=["status", "-issued_on"], name="invoice_by_status"),
                    models.Index(
                        condition=models.Q(("corrects__isnull", False)), fields=["corrects"], name="invoice_credits"
                    ),
                    models.Index(fields=["updated_at"], name="invoice_by_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EngagementMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("from_on", models.DateField(verbose_name="from")),
                ("to_on", models.DateField(blank=True, null=True, verbose_name="to")),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="billing.engagement"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="engagement_memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_on", None)),
                        fields=("engagement", "user"),
                        name="engagement_member_once",
                        violation_error_message="This person is already on the engagement.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TimeEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                (
                    "external_source",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="external source"),
                ),
                ("external_id", models.CharField(blank=True, default="", max_length=120, verbose_name="external id")),
                ("worked_on", models.DateField(verbose_name="worked on")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                ("minutes", crm.db.fields.MinutesField(verbose_name="minutes worked")),
                ("billed_minutes", crm.db.fields.MinutesField(default=0, verbose_name="minutes billed")),
                (
                    "billing_type",
                    models.CharField(
                        choices=[
                            ("billable", "billable"),
                            ("goodwill", "goodwill"),
                            ("warranty", "warranty"),
                            ("non_billable", "not billable"),
                            ("dispute", "dispute"),
                        ],
                        default="billable",
                        max_length=12,
                        verbose_name="billing",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("description", models.CharField(blank=True, max_length=1000, verbose_name="what was done")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("approved", "approved"),
                            ("invoiced", "invoiced"),
                        ],
                        default="draft",
                        max_length=9,
                        verbose_name="status",
                    ),
                ),
                ("needs_decision", models.CharField(blank=True, max_length=30, verbose_name="decision owed")),
                ("warnings", models.JSONField(blank=True, default=list)),
                (
                    "review_comment",
                    models.CharField(blank=True, max_length=300, verbose_name="comment of the reviewer"),
                ),
                ("submitted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("approved_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("approved_on_log", models.BooleanField(default=False, editable=False)),
                ("generation", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "rate_amount",
                    crm.db.fields.MoneyField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True),
                ),
                ("rate_currency", crm.db.fields.CurrencyField(blank=True, editable=False, max_length=3)),
                ("rate_includes_tax", models.BooleanField(editable=False, null=True)),
                ("rate_source", models.CharField(blank=True, editable=False, max_length=30)),
                (
                    "cost_per_hour",
                    crm.db.fields.MoneyField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True),
                ),
                ("rounding_step_minutes", crm.db.fields.MinutesField(blank=True, editable=False, null=True)),
                ("rounding_minimum_minutes", crm.db.fields.MinutesField(blank=True, editable=False, null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_entries",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_entries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="employee",
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_entries",
                        to="billing.engagement",
                        verbose_name="engagement",
                    ),
                ),
                (
                    "hour_package",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="linked_entries",
                        to="billing.hourpackage",
                        verbose_name="hour package",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
            ],
            options={
                "verbose_name": "time entry",
                "verbose_name_plural": "time entries",
                "ordering": ["-worked_on", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_source", "external_id"),
                        name="time_entry_external_key",
                        violation_error_code="external_id_taken",
                        violation_error_message="This external id is already in use for this source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (1, 1440))),
                        name="time_entry_minutes_range",
                        violation_error_code="minutes_range",
                        violation_error_message="Work lasts between one minute and 24 hours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("billed_minutes__gte", 0)), name="time_entry_billed_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("billing_type__in", ["billable", "non_billable"]),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="time_entry_free_reasoned",
                        violation_error_code="reason_required",
                        violation_error_message="Free work needs a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("started_at", None),
                            ("ended_at", None),
                            ("ended_at__gt", models.F("started_at")),
                            _connector="OR",
                        ),
                        name="time_entry_ends_after_start",
                        violation_error_message="It ends before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["approved", "invoiced"]), _negated=True),
                            models.Q(("approved_at__isnull", False), ("needs_decision", "")),
                            _connector="OR",
                        ),
                        name="time_entry_approved_is_decided",
                        violation_error_code="needs_decision",
                        violation_error_message="A decision is still owed.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["employee", "worked_on"], name="time_by_employee"),
                    models.Index(fields=["client", "worked_on"], name="time_by_client"),
                    models.Index(
                        condition=models.Q(("status", "submitted")),
                        fields=["client", "worked_on"],
                        name="time_to_approve",
                    ),
                    models.Index(fields=["updated_at"], name="time_by_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("purchase", "purchase"),
                            ("grant", "grant"),
                            ("draw", "draw"),
                            ("reversal", "reversal"),
                            ("rollover_out", "carried out"),
                            ("rollover_in", "carried in"),
                            ("expiry", "expiry"),
                            ("refund", "refund"),
                            ("adjustment", "adjustment"),
                        ],
                        max_length=12,
                    ),
                ),
                ("minutes", crm.db.fields.MinutesField()),
                ("covered_minutes", crm.db.fields.MinutesField(default=0)),
                ("balance_minutes", crm.db.fields.MinutesField(default=0, editable=False)),
                ("occurred_on", models.DateField()),
                ("price", crm.db.fields.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("generation", models.PositiveSmallIntegerField(default=0)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ledger", to="billing.houraccount"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="billing.ledgerrow",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="ledger_rows",
                        to="billing.timeentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger row",
                "verbose_name_plural": "ledger rows",
                "ordering": ["account", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "draw")),
                        fields=("entry", "account", "generation"),
                        name="ledger_draw_once",
                        violation_error_code="already_done",
                        violation_error_message="This entry was already drawn.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["purchase", "grant", "rollover_in"]), ("minutes__gt", 0)),
                            models.Q(("kind__in", ["draw", "rollover_out", "expiry", "refund"]), ("minutes__lt", 0)),
                            ("kind__in", ["reversal", "adjustment"]),
                            _connector="OR",
                        ),
                        name="ledger_sign",
                        violation_error_message="Purchases add minutes, draws take them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "reversal"), ("reverses__isnull", False)),
                            models.Q(models.Q(("kind", "reversal"), _negated=True), ("reverses", None)),
                            _connector="OR",
                        ),
                        name="ledger_reversal_names_row",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "draw"), _negated=True),
                            models.Q(("covered_minutes__gt", 0), ("entry__isnull", False)),
                            _connector="OR",
                        ),
                        name="ledger_draw_names_entry",
                    ),
                ],
                "indexes": [models.Index(fields=["account", "occurred_on"], name="ledger_by_day")],
            },
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("package", "package"),
                            ("retainer", "retainer"),
                            ("time_and_materials", "by time spent"),
                            ("offer", "offer"),
                            ("none", "awaiting top-up"),
                        ],
                        max_length=18,
                    ),
                ),
                ("minutes", crm.db.fields.MinutesField()),
                ("drawn_minutes", crm.db.fields.MinutesField(default=0)),
                ("factor", crm.db.fields.RateField(decimal_places=10, default=1, max_digits=20)),
                ("rate_amount", crm.db.fields.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("currency", crm.db.fields.CurrencyField(blank=True, max_length=3)),
                ("price_includes_tax", models.BooleanField(default=False)),
                ("is_billed", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coverages",
                        to="billing.houraccount",
                    ),
                ),
                (
                    "ledger_row",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coverage",
                        to="billing.ledgerrow",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="coverages", to="billing.timeentry"
                    ),
                ),
            ],
            options={
                "ordering": ["entry", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "position"), name="coverage_position"),
                    models.CheckConstraint(condition=models.Q(("minutes__gt", 0)), name="coverage_has_minutes"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__isnull", False), ("source__in", ["package", "retainer"])),
                            models.Q(
                                models.Q(("source__in", ["package", "retainer"]), _negated=True), ("account", None)
                            ),
                            _connector="OR",
                        ),
                        name="coverage_names_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_billed", True), _negated=True),
                            models.Q(("source", "none"), _negated=True),
                            _connector="OR",
                        ),
                        name="coverage_none_never_invoiced",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_billed", False), ("source", "time_and_materials")),
                        fields=["entry"],
                        name="coverage_wip",
                    ),
                    models.Index(fields=["account"], name="coverage_by_account"),
                    models.Index(
                        condition=models.Q(("account__isnull", False), ("ledger_row", None)),
                        fields=["account"],
                        include=("drawn_minutes",),
                        name="coverage_pending",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShownEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shown", to="billing.timeentry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_by", None)), fields=("entry",), name="entry_shown_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledCoverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minutes", crm.db.fields.MinutesField(default=0)),
                (
                    "coverage",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed",
                        to="billing.coverage",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="billing.invoice",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="billed_parts",
                        to="billing.timeentry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_by", None)),
                        fields=("coverage",),
                        name="coverage_billed_once",
                        violation_error_code="already_done",
                        violation_error_message="This work already stands on another invoice.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("coverage__isnull", False), ("released_by__isnull", False), _connector="OR"
                        ),
                        name="billed_names_coverage",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("time", "hours"),
                            ("retainer", "retainer fee"),
                            ("package", "hour package"),
                            ("fixed", "fixed price"),
                            ("product", "product"),
                            ("licence", "licence"),
                            ("expense", "expense"),
                            ("prepaid", "covered by prepaid hours"),
                            ("goodwill", "free of charge"),
                            ("discount", "discount"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("description", models.CharField(max_length=1000, verbose_name="description")),
                ("details", models.JSONField(blank=True, default=dict)),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="quantity")),
                ("unit", models.CharField(default="HUR", max_length=4, verbose_name="unit")),
                ("unit_price", models.DecimalField(decimal_places=4, max_digits=14, verbose_name="unit price")),
                ("amount", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name="amount")),
                (
                    "net_amount",
                    crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="net"),
                ),
                (
                    "vat_amount",
                    crm.db.fields.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="VAT amount"),
                ),
                (
                    "base_net_amount",
                    crm.db.fields.MoneyField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True),
                ),
                (
                    "vat_rate",
                    crm.db.fields.PercentField(decimal_places=2, max_digits=6, verbose_name="VAT in per cent"),
                ),
                ("vat_category", models.CharField(default="S", max_length=2)),
                ("supplied_from", models.DateField(blank=True, null=True, verbose_name="supplied from")),
                ("supplied_to", models.DateField(blank=True, null=True, verbose_name="supplied until")),
                (
                    "agreed_vat_rate",
                    crm.db.fields.PercentField(blank=True, decimal_places=2, editable=False, max_digits=6, null=True),
                ),
                (
                    "rate_change",
                    models.CharField(
                        choices=[("price_stays", "the price stays"), ("vat_on_top", "VAT goes on top")],
                        default="price_stays",
                        max_length=11,
                    ),
                ),
                (
                    "cost",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="our cost"
                    ),
                ),
                (
                    "credits",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited_by",
                        to="billing.invoiceline",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="billing.invoice"
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice line",
                "verbose_name_plural": "invoice lines",
                "ordering": ["invoice", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("invoice", "position"),
                        name="invoice_line_position",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="updated at"
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=30, verbose_name="number")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("text", models.TextField(blank=True, max_length=20000, verbose_name="scope")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("actual", "by time spent"),
                            ("not_to_exceed", "by time spent, capped"),
                            ("fixed", "fixed price"),
                        ],
                        default="actual",
                        max_length=13,
                        verbose_name="basis",
                    ),
                ),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                (
                    "hourly_rate",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="price an hour"
                    ),
                ),
                (
                    "fixed_price",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="fixed price"
                    ),
                ),
                ("price_includes_tax", models.BooleanField(default=False, verbose_name="prices include VAT")),
                ("estimated_minutes", crm.db.fields.MinutesField(default=0, verbose_name="estimate")),
                ("signed_minutes", crm.db.fields.MinutesField(default=0, editable=False, verbose_name="signed")),
                (
                    "tolerance_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=15, max_digits=6, verbose_name="tolerance in per cent"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("sent", "sent"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("expired", "expired"),
                            ("superseded", "superseded"),
                            ("closed", "closed"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "close_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("delivered", "delivered"),
                            ("closed_by_client", "the client finishes it"),
                            ("closed_by_us", "closed by us"),
                        ],
                        max_length=16,
                    ),
                ),
                ("valid_until", models.DateField(verbose_name="valid until")),
                ("sent_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("closed_on", models.DateField(blank=True, editable=False, null=True)),
                ("recipient", models.EmailField(blank=True, editable=False, max_length=254, verbose_name="sent to")),
                ("mailed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("mail_error", models.CharField(blank=True, editable=False, max_length=200)),
                ("document", models.JSONField(default=dict, editable=False)),
                ("document_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="offers",
                        to="clients.contact",
                        verbose_name="addressed to",
                    ),
                ),
                (
                    "invoice_line",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="fixed_offer",
                        to="billing.invoiceline",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lead",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="billing.offer",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("seller", "number", "version"),
                        name="offer_number_once",
                        violation_error_message="This version exists already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("basis", "fixed"), ("fixed_price__isnull", False)),
                            models.Q(models.Q(("basis", "fixed"), _negated=True), ("hourly_rate__isnull", False)),
                            _connector="OR",
                        ),
                        name="offer_has_price",
                        violation_error_message="Give a fixed price, or a price an hour.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("estimated_minutes__gte", 0), ("signed_minutes__gte", 0)),
                        name="offer_minutes_not_negative",
                        violation_error_message="An estimate is not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "closed"), _negated=True),
                            models.Q(("close_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="offer_closed_with_reason",
                        violation_error_message="Closing an offer needs a reason.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["client", "status"], name="offer_by_client"),
                    models.Index(fields=["root", "version"], name="offer_by_version"),
                ],
            },
        ),
        migrations.AddField(
            model_name="DocumentDelivery",
            name="invoice",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="delivery", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="DocumentFile",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="HourPackage",
            name="invoice_line",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="package",
                to="billing.invoiceline",
            ),
        ),
        migrations.AddField(
            model_name="InvoiceVat",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="vat", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="OfferItem",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="billing.offer"
            ),
        ),
        migrations.AddField(
            model_name="OfferSignature",
            name="offer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="billing.offer"
            ),
        ),
        migrations.AddField(
            model_name="RetainerPeriod",
            name="invoice_line",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="retainer_period",
                to="billing.invoiceline",
            ),
        ),
        migrations.AddField(
            model_name="Timer",
            name="engagement",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="billing.engagement",
            ),
        ),
        migrations.AddField(
            model_name="WriteOffRequest",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="write_off_requests", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="WriteOff",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="write_offs", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="Allocation",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="Engagement",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="engagements",
                to="billing.offer",
                verbose_name="offer",
            ),
        ),
        migrations.AddField(
            model_name="TimeEntry",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="time_entries",
                to="billing.offer",
                verbose_name="offer",
            ),
        ),
        migrations.AddField(
            model_name="Coverage",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coverages",
                to="billing.offer",
            ),
        ),
        migrations.AddField(
            model_name="ShownEntry",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="shown", to="billing.invoiceline"
            ),
        ),
        migrations.AddField(
            model_name="BilledCoverage",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="billed", to="billing.invoiceline"
            ),
        ),
        migrations.AddField(
            model_name="InvoiceLine",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_lines",
                to="billing.offer",
            ),
        ),
        migrations.AddConstraint(
            model_name="DocumentFile",
            constraint=models.UniqueConstraint(fields=("invoice", "format"), name="document_file_once"),
        ),
        migrations.AddConstraint(
            model_name="InvoiceVat",
            constraint=models.UniqueConstraint(fields=("invoice", "rate", "category"), name="invoice_vat_group"),
        ),
        migrations.AddConstraint(
            model_name="OfferItem",
            constraint=models.UniqueConstraint(fields=("offer", "position"), name="offer_item_position"),
        ),
        migrations.AddConstraint(
            model_name="WriteOffRequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)),
                fields=("invoice",),
                name="write_off_request_once",
                violation_error_code="already_done",
                violation_error_message="A write-off of this invoice already waits for approval.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exchangerate",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="158c5f52d0e748dd9b3e44b7f60265a712c86fb7",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_cbc78",
                    table="billing_exchangerate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exchangerate",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="81b4b85f1e46b44c30a4d1cd102a2cbe25bb78ec",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_c8ca0",
                    table="billing_exchangerate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vatrate",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="e3267c2a00d60899e56312c7eeee85dafa4b3da1",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_055b8",
                    table="billing_vatrate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vatrate",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="a0478b6b2a2724766893878d1f85fd317d359a3c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_a158b",
                    table="billing_vatrate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="costrate",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="0cc09ddb8401de884f3a3ff476f26566c6a2481e",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_ab2f5",
                    table="billing_costrate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="costrate",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="cb58e7e5bb6d07faed51952abd59289fa6f5724e",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_02d2e",
                    table="billing_costrate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="engagementmember",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="93d7e3c615dabdf75417cafcba3bfb7878140f96",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_ce745",
                    table="billing_engagementmember",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="engagementmember",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="ff93b4f560cb0f9b7910cc1e351f7ba3b09607b5",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_730db",
                    table="billing_engagementmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="houraccount",
            trigger=pgtrigger.compiler.Trigger(
                name="only_by_ledger",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.balance_minutes <> OLD.balance_minutes AND pg_trigger_depth() < 2 THEN\n    RAISE EXCEPTION 'The balance of an hour account follows from its ledger only.';\nEND IF;\nRETURN NEW;\n",
                    hash="949481e789622465f432cfa494f118854062a12a",
                    operation="UPDATE",
                    pgid="pgtrigger_only_by_ledger_95e6a",
                    table="billing_houraccount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="documentfile",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4b02a10c79d4187939c8530f12630011741f15a6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_19741",
                    table="billing_documentfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hourpackage",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="4eeddab96f8f27c4b94ce818dfeeb1ed4842be87",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_f0361",
                    table="billing_hourpackage",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hourpackage",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="5b1dff62af9a35168dca922f86eb4fb3a26ff3a6",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_c020e",
                    table="billing_hourpackage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoicevat",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_with_invoice",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE state text;",
                    func="\nIF TG_OP <> 'INSERT' THEN\n    SELECT status INTO state FROM billing_invoice WHERE id = OLD.invoice_id FOR SHARE;\n    IF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;\nEND IF;\nIF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\nSELECT status INTO state FROM billing_invoice WHERE id = NEW.invoice_id FOR SHARE;\nIF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;\nRETURN NEW;\n",
                    hash="f35a63e80208950ed65175ee911232fc76b96af2",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_frozen_with_invoice_aca9d",
                    table="billing_invoicevat",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="9fc09f21cb35dfe0ff551b0f18f1ebc92d72d3a2",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_a598c",
                    table="billing_offer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'document']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'document']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'document']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="1439beeb2ed7781b556c99091f27bb42b28a6bb5",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_0e2ff",
                    table="billing_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="sent_is_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status <> 'draft' AND (OLD.title, OLD.text, OLD.basis, OLD.currency, OLD.hourly_rate, OLD.fixed_price, OLD.price_includes_tax, OLD.estimated_minutes, OLD.valid_until, OLD.document) IS DISTINCT FROM (NEW.title, NEW.text, NEW.basis, NEW.currency, NEW.hourly_rate, NEW.fixed_price, NEW.price_includes_tax, NEW.estimated_minutes, NEW.valid_until, NEW.document))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="9e064433411d7f9f8fa7880dbeb3ffbade58f7c5",
                    operation="UPDATE",
                    pgid="pgtrigger_sent_is_frozen_15916",
                    table="billing_offer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoiceline",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_with_invoice",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE state text;",
                    func="\nIF TG_OP <> 'INSERT' THEN\n    SELECT status INTO state FROM billing_invoice WHERE id = OLD.invoice_id FOR SHARE;\n    IF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;\nEND IF;\nIF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\nSELECT status INTO state FROM billing_invoice WHERE id = NEW.invoice_id FOR SHARE;\nIF state = 'issued' THEN RAISE EXCEPTION 'An issued document is never changed.'; END IF;\nRETURN NEW;\n",
                    hash="3ee1aee224e92fd15ddd1bb9c9d6605d71f8bc5c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_frozen_with_invoice_709e1",
                    table="billing_invoiceline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offeritem",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_with_offer",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE state text;",
                    func="\nSELECT status INTO state FROM billing_offer\nWHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.offer_id ELSE OLD.offer_id END FOR SHARE;\nIF state <> 'draft' THEN RAISE EXCEPTION 'A sent offer is never changed.'; END IF;\nIF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\nRETURN NEW;\n",
                    hash="9f79a155c5027956a170eb3003bd51b0ef47687b",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_frozen_with_offer_6cc26",
                    table="billing_offeritem",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offersignature",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3b132c9cab0b1b6659a4400e10060d9ec1967b4e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3c579",
                    table="billing_offersignature",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="packagealert",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="575e6cd0182a962f60055c3b8deac67d01e16906",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d2856",
                    table="billing_packagealert",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="cc793192e5a922faf54e7081cfa623d4f0cd09d0",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_4a40f",
                    table="billing_payment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="cc2514e7ff285a6facc4b3b3b2cbf03a93c1173d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_b264b",
                    table="billing_payment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="tombstone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)\nVALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());\nRETURN NULL;\n",
                    hash="00e38a0e38e53839f3d6d20d5834084fcaf58863",
                    operation="DELETE",
                    pgid="pgtrigger_tombstone_6fa0b",
                    table="billing_payment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1e24bc032ddcd28615071696abe033ebd5b35a02",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_009d6",
                    table="billing_payment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="in_open_period",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE closed date;",
                    func="\nPERFORM pg_advisory_xact_lock_shared(430053);\nSELECT locked_until_on INTO closed FROM billing_periodlock\nWHERE kind = 'documents' AND seller_id = NEW.seller_id ORDER BY id DESC LIMIT 1;\nIF NEW.received_on <= closed THEN\n    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'document_in_open_period';\nEND IF;\nRETURN NEW;\n",
                    hash="e0a6972d5865ae65e7db70112793db98d2410ce0",
                    operation="INSERT",
                    pgid="pgtrigger_in_open_period_fd77c",
                    table="billing_payment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allocation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5aebe0ba94061e75ec851caf93d41e97d4ce86cc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_50eaf",
                    table="billing_allocation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="periodlock",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="71cdcdba90c2befd7dc743caa7b1e52ca5b61998",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_50c63",
                    table="billing_periodlock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="periodlock",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="20b342fbd01a73edc43d7a41e5fa2c403241a8c5",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_40d60",
                    table="billing_periodlock",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="periodlock",
            trigger=pgtrigger.compiler.Trigger(
                name="alone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM pg_advisory_xact_lock(430053); RETURN NEW;",
                    hash="1b21ec27c458e05f6d0b80d006f921f73eb6a438",
                    operation="INSERT",
                    pgid="pgtrigger_alone_9f47d",
                    table="billing_periodlock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rate",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="a525bb6b5516d002f5618176e33c440ae3d629dd",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_745f2",
                    table="billing_rate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rate",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="cc2e464c4e755b31c0358ed107a5a09cbfff98b7",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_5890e",
                    table="billing_rate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ratechangeanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="04435b464cd288772c4dee8085fdd59f22afb098",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_166ee",
                    table="billing_ratechangeanswer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ratechangeanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="fc78e8ce67175684db0745c00266793da4a759c8",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_253f8",
                    table="billing_ratechangeanswer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retainer",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="52a8d294f574c70f96b8206f0cfcce5370d0b34b",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_e78ed",
                    table="billing_retainer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retainer",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="6e3d24493be1585b90e7e002e00d991043431800",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_6b471",
                    table="billing_retainer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="engagement",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="2453344d30abe87312965836d19106aa17b22783",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_691e9",
                    table="billing_engagement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="engagement",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="6ad519722e1479f8ec7bfc5511dffae08575b82f",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_7645c",
                    table="billing_engagement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retainerperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="2b200fe47e0fff9c9c809aa49bc43cc021b054a8",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_14e0f",
                    table="billing_retainerperiod",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retainerperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="fb7243ea820a14347b0b787047b044a9a7990388",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_7f6d0",
                    table="billing_retainerperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="series",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="306189419678187605dc618d3e4f68c1465a8611",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_4c74d",
                    table="billing_series",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="series",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="8751f505c248778febdf3a712fbea008baadaf8a",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_985a9",
                    table="billing_series",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="115bf5c489efe61ba82d653e33c2623b6019189a",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_602aa",
                    table="billing_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'seller_frozen', 'buyer_frozen']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'seller_frozen', 'buyer_frozen']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'seller_frozen', 'buyer_frozen']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="c3ffdfe49196c8d4ac41e94a2b099f3166382805",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_352f9",
                    table="billing_invoice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="tombstone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)\nVALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());\nRETURN NULL;\n",
                    hash="b08bd171cc888c37edd04f330bf84f516147e1f7",
                    operation="DELETE",
                    pgid="pgtrigger_tombstone_729ec",
                    table="billing_invoice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_is_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status = 'issued')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="30ee7e002e682081a2c150ada67efa3cef639e76",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_issued_is_frozen_1fad9",
                    table="billing_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="in_open_period",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.status = 'issued')",
                    declare="DECLARE closed date;",
                    func="\nPERFORM pg_advisory_xact_lock_shared(430053);\nSELECT locked_until_on INTO closed FROM billing_periodlock\nWHERE kind = 'documents' AND seller_id = NEW.seller_id ORDER BY id DESC LIMIT 1;\nIF NEW.issued_on <= closed THEN\n    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'document_in_open_period';\nEND IF;\nRETURN NEW;\n",
                    hash="01ee782c77bb25a9c076e227d8756b75045a408b",
                    operation="UPDATE",
                    pgid="pgtrigger_in_open_period_b2306",
                    table="billing_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="17c1153a4bf48e79efbeb8ca9cf2d2a78be86bf4",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_cba69",
                    table="billing_timeentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'warnings']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'warnings']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'warnings']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="204bd58cfd99353f5ea9743d730d4526e23d4a28",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_cffbb",
                    table="billing_timeentry",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="tombstone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)\nVALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());\nRETURN NULL;\n",
                    hash="0b913b031d06fe00099fdf89233dec14269a3290",
                    operation="DELETE",
                    pgid="pgtrigger_tombstone_ce26c",
                    table="billing_timeentry",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status IN ('approved', 'invoiced') AND NEW.status IN ('approved', 'invoiced') AND (OLD.minutes, OLD.worked_on, OLD.client_id, OLD.employee_id, OLD.rate_amount, OLD.cost_per_hour) IS DISTINCT FROM (NEW.minutes, NEW.worked_on, NEW.client_id, NEW.employee_id, NEW.rate_amount, NEW.cost_per_hour))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="ac60c565699848123df9f8d8fa5f45b9465f5b8f",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_6b2eb",
                    table="billing_timeentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status IN ('approved', 'invoiced'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3ace129a745d56da990b81dade4d505625e7ed60",
                    operation="DELETE",
                    pgid="pgtrigger_kept_75224",
                    table="billing_timeentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeentry",
            trigger=pgtrigger.compiler.Trigger(
                name="in_open_period",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE closed date;",
                    func="\nPERFORM pg_advisory_xact_lock_shared(430053);\nIF TG_OP = 'UPDATE' AND OLD.status IN ('approved', 'invoiced') AND NEW.status IN ('approved', 'invoiced')\n   AND (OLD.generation, OLD.billed_minutes, OLD.billing_type) = (NEW.generation, NEW.billed_minutes, NEW.billing_type)\nTHEN RETURN NEW; END IF;\nSELECT locked_until_on INTO closed FROM billing_periodlock WHERE kind = 'time' ORDER BY id DESC LIMIT 1;\nIF (TG_OP <> 'INSERT' AND OLD.worked_on <= closed) OR (TG_OP <> 'DELETE' AND NEW.worked_on <= closed) THEN\n    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'time_entry_in_open_period';\nEND IF;\nIF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\nRETURN NEW;\n",
                    hash="7b58933875ac14ca54a5322e0ce8b2312aa110e1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_in_open_period_ecfeb",
                    table="billing_timeentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerrow",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0145670146821b80290923f497e8bab89f451166",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d799c",
                    table="billing_ledgerrow",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerrow",
            trigger=pgtrigger.compiler.Trigger(
                name="book",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nUPDATE billing_houraccount SET balance_minutes = balance_minutes + NEW.minutes\nWHERE id = NEW.account_id RETURNING balance_minutes INTO NEW.balance_minutes;\nRETURN NEW;\n",
                    hash="a9cc27661f093b4e349ac20849df0a0499ad1b63",
                    operation="INSERT",
                    pgid="pgtrigger_book_f62e6",
                    table="billing_ledgerrow",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="writeoffrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="b059fcda4033fd770a297645d3ceb6556dc65070",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_d67b1",
                    table="billing_writeoffrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="writeoffrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="8cba23bf8f950da7dd576fbc941fb861ef5305b3",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_c7f7f",
                    table="billing_writeoffrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="writeoff",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bc4c8b341ff02df589675dc4ad2b880addd43012",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8a1c8",
                    table="billing_writeoff",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="writeoff",
            trigger=pgtrigger.compiler.Trigger(
                name="in_open_period",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE closed date;",
                    func="\nPERFORM pg_advisory_xact_lock_shared(430053);\nSELECT locked_until_on INTO closed FROM billing_periodlock\nWHERE kind = 'documents' AND seller_id = (SELECT seller_id FROM billing_invoice WHERE id = NEW.invoice_id) ORDER BY id DESC LIMIT 1;\nIF NEW.written_off_on <= closed THEN\n    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'document_in_open_period';\nEND IF;\nRETURN NEW;\n",
                    hash="289422e6fea8a30bffdf8ebd080255b64c976556",
                    operation="INSERT",
                    pgid="pgtrigger_in_open_period_66571",
                    table="billing_writeoff",
                    when="BEFORE",
                ),
            ),
        ),
    ]
