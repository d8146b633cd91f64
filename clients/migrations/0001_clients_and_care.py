"""The clients floor: who they are and how they are treated."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import crm.db.fields


class Migration(migrations.Migration):
    replaces = [
        ("clients", "0001_clients_floor"),
        ("clients", "0002_saved_views_and_task_details"),
        ("clients", "0003_loyalty_of_people_and_revenue_trend"),
        ("clients", "0004_imports_staged"),
    ]

    initial = True

    dependencies = [
        ("crm", "0002_people_and_trail"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceLine",
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
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_ru", models.CharField(blank=True, max_length=80, verbose_name="name in Russian")),
                ("name_de", models.CharField(blank=True, max_length=80, verbose_name="name in German")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "service line",
                "verbose_name_plural": "service lines",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="TierPolicy",
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
                    "tier",
                    models.CharField(
                        choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")],
                        max_length=3,
                        unique=True,
                        verbose_name="tier",
                    ),
                ),
                ("attention_days", models.PositiveSmallIntegerField(verbose_name="attention every … days")),
                (
                    "first_response_hours",
                    models.PositiveSmallIntegerField(verbose_name="first response within business hours"),
                ),
                (
                    "discount_ceiling_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, max_digits=6, verbose_name="discount ceiling in per cent"
                    ),
                ),
                ("goodwill_minutes", crm.db.fields.MinutesField(verbose_name="goodwill minutes a year")),
                ("direct_channels", models.BooleanField(default=False, verbose_name="direct channels")),
            ],
            options={
                "verbose_name": "tier policy",
                "verbose_name_plural": "tier policies",
                "ordering": ["attention_days"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("attention_days__gte", 1)),
                        name="tier_attention_has_floor",
                        violation_error_message="Every tier has a cadence of at least one day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_ceiling_percent__range", (0, 100)), ("goodwill_minutes__gte", 0)),
                        name="tier_limits_range",
                        violation_error_message="A discount lies between 0 and 100 per cent, goodwill is not negative.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
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
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("encoding", models.CharField(blank=True, max_length=12, verbose_name="encoding")),
                ("delimiter", models.CharField(blank=True, max_length=1, verbose_name="delimiter")),
                ("headers", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("staged", "to be checked"), ("done", "imported"), ("undone", "undone")],
                        default="staged",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("imported_at", models.DateTimeField(null=True, verbose_name="imported at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
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
                ("page", models.CharField(default="clients", max_length=40)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.CharField(max_length=1000)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "page", "name"),
                        name="saved_view_named_once",
                        violation_error_message="You already have a view of this name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Seller",
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
                ("code", models.SlugField(max_length=12, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                ("street", models.CharField(blank=True, max_length=160, verbose_name="street")),
                ("postcode", models.CharField(blank=True, max_length=12, verbose_name="postcode")),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("language", models.CharField(default="en", max_length=2, verbose_name="language of documents")),
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                (
                    "vat_regime",
                    models.CharField(
                        choices=[
                            ("standard", "charges VAT"),
                            ("small_business", "small business, no VAT"),
                            ("simplified", "simplified regime, no VAT"),
                        ],
                        default="standard",
                        max_length=14,
                        verbose_name="VAT regime",
                    ),
                ),
                ("vat_id", models.CharField(blank=True, max_length=20, verbose_name="VAT ID")),
                (
                    "tax_number",
                    models.CharField(blank=True, help_text="INN in Russia.", max_length=20, verbose_name="tax number"),
                ),
                ("registration_reason", models.CharField(blank=True, max_length=9, verbose_name="KPP")),
                ("register_entry", models.CharField(blank=True, max_length=120, verbose_name="register entry")),
                ("contact_name", models.CharField(blank=True, max_length=120, verbose_name="contact person")),
                ("director_name", models.CharField(blank=True, max_length=120, verbose_name="director")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("price_includes_tax", models.BooleanField(default=False, verbose_name="prices include VAT")),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(default=14, verbose_name="payment terms in days"),
                ),
                ("rounding_step_minutes", crm.db.fields.MinutesField(default=1, verbose_name="round time up to")),
                (
                    "rounding_minimum_minutes",
                    crm.db.fields.MinutesField(default=0, verbose_name="least minutes of an entry"),
                ),
                (
                    "rounding_scope",
                    models.CharField(
                        choices=[("entry", "each entry"), ("day", "each day and client")],
                        default="entry",
                        max_length=5,
                        verbose_name="rounding of",
                    ),
                ),
                (
                    "overrun_tolerance_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=15, max_digits=6, verbose_name="overrun tolerance in per cent"
                    ),
                ),
                (
                    "overrun_tolerance_minutes",
                    crm.db.fields.MinutesField(default=60, verbose_name="overrun tolerance at least"),
                ),
                (
                    "direct_channel_threshold",
                    crm.db.fields.MoneyField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        verbose_name="revenue for a direct channel",
                    ),
                ),
                (
                    "consultants_see_rates",
                    models.BooleanField(default=True, verbose_name="consultants see agreed rates"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "own company",
                "verbose_name_plural": "own companies",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rounding_minimum_minutes__gte", 0), ("rounding_step_minutes__gte", 1)),
                        name="seller_rounding_positive",
                        violation_error_message="The rounding step is at least one minute.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Client",
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
                ("name", models.CharField(max_length=160, verbose_name="name")),
                ("legal_name", models.CharField(blank=True, max_length=240, verbose_name="legal name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("prospect", "prospect"),
                            ("active", "active"),
                            ("dormant", "dormant"),
                            ("lost", "lost"),
                        ],
                        default="prospect",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("status_on", models.DateField(blank=True, null=True, verbose_name="status since")),
                (
                    "tier",
                    models.CharField(
                        choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")],
                        default="c",
                        max_length=3,
                        verbose_name="tier",
                    ),
                ),
                ("street", models.CharField(blank=True, max_length=160, verbose_name="street")),
                ("postcode", models.CharField(blank=True, max_length=12, verbose_name="postcode")),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                ("country", models.CharField(default="DE", max_length=2, verbose_name="country")),
                ("currency", crm.db.fields.CurrencyField(default="EUR", max_length=3, verbose_name="currency")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("ru", "Russian"), ("de", "German")],
                        default="en",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("industry", models.CharField(blank=True, max_length=80, verbose_name="industry")),
                ("vat_id", models.CharField(blank=True, max_length=20, verbose_name="VAT ID")),
                (
                    "tax_number",
                    models.CharField(blank=True, help_text="INN in Russia.", max_length=20, verbose_name="tax number"),
                ),
                ("registration_reason", models.CharField(blank=True, max_length=9, verbose_name="KPP")),
                ("billing_email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail for invoices")),
                (
                    "e_invoice",
                    models.CharField(
                        choices=[("none", "none"), ("zugferd", "ZUGFeRD"), ("xrechnung", "XRechnung")],
                        default="none",
                        max_length=9,
                        verbose_name="e-invoice",
                    ),
                ),
                ("e_address", models.CharField(blank=True, max_length=120, verbose_name="electronic address")),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="buyer reference")),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="payment terms in days"),
                ),
                ("debtor_account", models.CharField(blank=True, max_length=9, verbose_name="debtor account")),
                ("since_on", models.DateField(blank=True, null=True, verbose_name="client since")),
                (
                    "expected_years",
                    models.DecimalField(
                        blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="expected years"
                    ),
                ),
                (
                    "expected_years_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for the years"),
                ),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("notes", models.TextField(blank=True, verbose_name="notes")),
                (
                    "account_manager",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="managed_clients",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager",
                    ),
                ),
                (
                    "deputy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deputised_clients",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deputy",
                    ),
                ),
                (
                    "executive_owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executive_clients",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="executive owner",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="clients.client",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="clients.client",
                        verbose_name="parent company",
                    ),
                ),
                (
                    "default_seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clients",
                        to="clients.seller",
                        verbose_name="own company",
                    ),
                ),
            ],
            options={
                "verbose_name": "client",
                "verbose_name_plural": "clients",
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_source", "external_id"),
                        name="client_external_key",
                        violation_error_code="external_id_taken",
                        violation_error_message="This external id is already in use for this source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("parent", models.F("id")), _negated=True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                        ),
                        name="client_not_own_parent",
                        violation_error_message="A client cannot be its own parent.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expected_years", None),
                            models.Q(
                                ("expected_years__gte", 0), models.Q(("expected_years_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="client_expected_years_reasoned",
                        violation_error_message="Give a reason for expecting other years than usual.",
                    ),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name"], name="client_name_trigram", opclasses=["gin_trgm_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector(
                            "name", "legal_name", "city", "industry", config="simple"
                        ),
                        name="client_words",
                    ),
                    models.Index(fields=["account_manager", "status"], name="client_by_manager"),
                    models.Index(fields=["updated_at"], name="client_by_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("cells", models.JSONField(default=list)),
                ("problems", models.JSONField(default=list)),
                ("made_id", models.BigIntegerField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="clients.importbatch"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="import_row_once")],
            },
        ),
        migrations.CreateModel(
            name="BankAccount",
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
                ("currency", crm.db.fields.CurrencyField(max_length=3, verbose_name="currency")),
                ("holder", models.CharField(blank=True, max_length=160, verbose_name="account holder")),
                ("iban", models.CharField(blank=True, max_length=34, verbose_name="IBAN")),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                ("account_number", models.CharField(blank=True, max_length=20, verbose_name="account number")),
                ("bik", models.CharField(blank=True, max_length=9, verbose_name="BIK")),
                (
                    "correspondent_account",
                    models.CharField(blank=True, max_length=20, verbose_name="correspondent account"),
                ),
                ("bank_name", models.CharField(blank=True, max_length=160, verbose_name="bank")),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bank_accounts", to="clients.seller"
                    ),
                ),
            ],
            options={
                "verbose_name": "bank account",
                "verbose_name_plural": "bank accounts",
                "ordering": ["seller", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("account_number", ""), ("iban", ""), _negated=True),
                        name="bank_account_has_number",
                        violation_error_message="Give an IBAN or an account number.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "old",
                    models.CharField(
                        choices=[
                            ("prospect", "prospect"),
                            ("active", "active"),
                            ("dormant", "dormant"),
                            ("lost", "lost"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "new",
                    models.CharField(
                        choices=[
                            ("prospect", "prospect"),
                            ("active", "active"),
                            ("dormant", "dormant"),
                            ("lost", "lost"),
                        ],
                        max_length=8,
                    ),
                ),
                ("confirmed_on", models.DateField(verbose_name="date")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("made_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="status_changes", to="clients.client"
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
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old", models.CharField(choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")], max_length=3)),
                ("new", models.CharField(choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")], max_length=3)),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("suggested", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tier_changes", to="clients.client"
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
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="ClientFigure",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="figures",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
                (
                    "revenue_12m",
                    crm.db.fields.MoneyField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="revenue, 12 months"
                    ),
                ),
                (
                    "revenue_before_12m",
                    crm.db.fields.MoneyField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="revenue, the 12 months before"
                    ),
                ),
                (
                    "revenue_share",
                    models.DecimalField(decimal_places=6, max_digits=9, null=True, verbose_name="share of the firm"),
                ),
                ("revenue_trend", models.JSONField(default=list)),
                ("last_revenue_on", models.DateField(null=True)),
                ("has_agreement", models.BooleanField(default=False)),
                (
                    "cost_to_serve_12m",
                    crm.db.fields.MoneyField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="cost to serve, 12 months"
                    ),
                ),
                (
                    "margin_12m",
                    crm.db.fields.MoneyField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="margin, 12 months"
                    ),
                ),
                ("revenue_as_of_on", models.DateField(null=True)),
                (
                    "receivables",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="owes us"),
                ),
                (
                    "overdue_receivables",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="overdue"),
                ),
                ("oldest_due_on", models.DateField(null=True)),
                ("receivables_as_of_on", models.DateField(null=True)),
                ("anchors", models.PositiveSmallIntegerField(null=True, verbose_name="anchors")),
                ("anchor_codes", models.JSONField(default=list)),
                ("anchors_as_of_on", models.DateField(null=True)),
                ("package_minutes", crm.db.fields.MinutesField(null=True, verbose_name="package hours left")),
                ("package_minutes_bought", crm.db.fields.MinutesField(null=True)),
                ("goodwill_minutes", crm.db.fields.MinutesField(null=True, verbose_name="goodwill this year")),
                ("hours_as_of_on", models.DateField(null=True)),
                (
                    "simple_value",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="lifetime value"),
                ),
                (
                    "simple_value_source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("own", "own purchases"),
                            ("segment", "typical new client"),
                            ("firm", "average of the firm"),
                        ],
                        max_length=7,
                    ),
                ),
                ("simple_value_inputs", models.JSONField(default=dict)),
                (
                    "historical_value",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="value so far"),
                ),
                (
                    "residual_value",
                    crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name="value to come"),
                ),
                ("value_as_of_on", models.DateField(null=True)),
                ("health_score", models.PositiveSmallIntegerField(null=True, verbose_name="health")),
                (
                    "health_band",
                    models.CharField(
                        blank=True, choices=[("green", "good"), ("amber", "watch"), ("red", "at risk")], max_length=5
                    ),
                ),
                ("health_as_of_on", models.DateField(null=True)),
                ("nps", models.DecimalField(decimal_places=6, max_digits=9, null=True, verbose_name="NPS")),
                ("nps_answers", models.PositiveIntegerField(null=True)),
                ("nps_as_of_on", models.DateField(null=True)),
                ("last_two_way_at", models.DateTimeField(null=True, verbose_name="last two-way contact")),
                ("attention_overdue_days", models.IntegerField(null=True, verbose_name="days overdue")),
                ("promises_n", models.PositiveIntegerField(null=True)),
                ("promises_honoured", models.PositiveIntegerField(null=True)),
                ("promises_as_of_on", models.DateField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "client figures",
                "indexes": [
                    models.Index(fields=["-revenue_12m"], name="figure_by_revenue"),
                    models.Index(fields=["-simple_value"], name="figure_by_value"),
                    models.Index(fields=["health_score"], name="figure_by_health"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientMember",
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
                ("role", models.CharField(blank=True, max_length=80, verbose_name="role")),
                ("from_on", models.DateField(verbose_name="from")),
                ("to_on", models.DateField(blank=True, null=True, verbose_name="to")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="clients.client"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "ordering": ["client", "user"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_on", None)),
                        fields=("client", "user"),
                        name="member_once",
                        violation_error_message="This person already works for the client.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("to_on", None), ("to_on__gte", models.F("from_on")), _connector="OR"),
                        name="member_ends_after_start",
                        violation_error_message="It ends before it begins.",
                    ),
                ],
                "indexes": [models.Index(fields=["user", "client"], name="member_by_user")],
            },
        ),
        migrations.CreateModel(
            name="Contact",
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
                ("first_name", models.CharField(blank=True, max_length=80, verbose_name="first name")),
                ("last_name", models.CharField(max_length=80, verbose_name="last name")),
                ("position", models.CharField(blank=True, max_length=120, verbose_name="position")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "buying_role",
                    models.CharField(
                        choices=[("customer", "payer"), ("consumer", "user"), ("both", "payer and user")],
                        default="consumer",
                        max_length=8,
                        verbose_name="buying role",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("management", "management"), ("staff", "staff")],
                        default="staff",
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "influence",
                    models.CharField(
                        choices=[
                            ("decision_maker", "decides"),
                            ("influencer", "influences"),
                            ("user", "uses"),
                            ("gatekeeper", "keeps the gate"),
                        ],
                        default="user",
                        max_length=14,
                        verbose_name="influence",
                    ),
                ),
                ("interests", models.CharField(blank=True, max_length=300, verbose_name="personally interested in")),
                ("private_notes", models.TextField(blank=True, verbose_name="private notes")),
                ("birthday", models.DateField(blank=True, null=True, verbose_name="birthday")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("ru", "Russian"), ("de", "German")],
                        default="en",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "nps_score",
                    models.PositiveSmallIntegerField(
                        blank=True, editable=False, null=True, verbose_name="last NPS answer"
                    ),
                ),
                ("nps_on", models.DateField(blank=True, editable=False, null=True, verbose_name="answered on")),
                (
                    "surveys_refused_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="refused surveys at"),
                ),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="left the client on")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "ordering": ["last_name", "first_name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_source", "external_id"),
                        name="contact_external_key",
                        violation_error_code="external_id_taken",
                        violation_error_message="This external id is already in use for this source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("nps_score", None), ("nps_score__lte", 10), _connector="OR"),
                        name="contact_nps_range",
                    ),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["last_name"], name="contact_name_trigram", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(fields=["updated_at"], name="contact_by_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyClientDesignation",
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
                    "type",
                    models.CharField(
                        choices=[
                            ("large_regular", "large and permanent"),
                            ("prospective", "prospective"),
                            ("image", "image"),
                            ("tester", "tester"),
                            ("special", "special"),
                        ],
                        max_length=14,
                        verbose_name="type",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("evidence", models.CharField(blank=True, max_length=300, verbose_name="evidence")),
                ("since_on", models.DateField(verbose_name="since")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "current_value",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="current value a year"
                    ),
                ),
                (
                    "potential_value",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="potential value a year"
                    ),
                ),
                ("review_on", models.DateField(blank=True, null=True, verbose_name="review on")),
                ("quality_yardstick", models.BooleanField(default=False, verbose_name="quality yardstick")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="designations",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
            ],
            options={
                "verbose_name": "key-client designation",
                "verbose_name_plural": "key-client designations",
                "ordering": ["client", "type"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_on", None)),
                        fields=("client", "type"),
                        name="designation_once",
                        violation_error_message="This client already holds this designation.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("type", "special"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="designation_special_reasoned",
                        violation_error_message="Say in words why this client is special.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("type", "prospective"), _negated=True),
                            models.Q(
                                ("current_value__isnull", False),
                                ("potential_value__isnull", False),
                                ("review_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="designation_prospective_valued",
                        violation_error_message="A prospective client needs its current and potential value and a review date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on", None), ("until_on__gte", models.F("since_on")), _connector="OR"
                        ),
                        name="designation_ends_after_start",
                        violation_error_message="It ends before it begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
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
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("source", models.CharField(max_length=80, verbose_name="source")),
                ("title", models.CharField(max_length=200, verbose_name="what to do")),
                ("detail", models.CharField(blank=True, max_length=300, verbose_name="why now")),
                ("meter", models.JSONField(blank=True, null=True)),
                ("url", models.CharField(blank=True, max_length=200)),
                ("due_at", models.DateTimeField(verbose_name="due")),
                (
                    "value_at_stake",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="value at stake"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("snoozed", "snoozed"),
                            ("done", "done"),
                            ("dismissed", "not relevant"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("snoozed_until_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="clients.client",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="clients.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "ordering": ["due_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "snoozed"])),
                        fields=("kind", "source"),
                        name="task_once_open",
                        violation_error_message="There is already an open task for this.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "snoozed"), _negated=True),
                            models.Q(("snoozed_until_at__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="task_snooze_reasoned",
                        violation_error_message="Snoozing needs a date and a reason.",
                    ),
                ],
                "indexes": [models.Index(fields=["assignee", "state", "due_at"], name="task_by_assignee")],
            },
        ),
        migrations.CreateModel(
            name="InfluenceEdge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "listener",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="listens_to", to="clients.contact"
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="heard_by", to="clients.contact"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("listener", "speaker"), name="influence_edge_once"),
                    models.CheckConstraint(
                        condition=models.Q(("listener", models.F("speaker")), _negated=True),
                        name="influence_edge_not_self",
                        violation_error_message="Nobody is said to listen to themselves.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Interaction",
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
                        choices=[
                            ("call", "call"),
                            ("meeting", "meeting"),
                            ("email", "e-mail"),
                            ("message", "message"),
                            ("social", "social"),
                            ("hospitality", "hospitality"),
                        ],
                        default="call",
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "from the client"), ("out", "from us"), ("both", "both ways")],
                        default="both",
                        max_length=4,
                        verbose_name="direction",
                    ),
                ),
                (
                    "initiated_by",
                    models.CharField(
                        blank=True,
                        choices=[("client", "the client"), ("us", "us")],
                        max_length=6,
                        verbose_name="initiated by",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("direct", "direct"),
                            ("secretary", "secretary"),
                            ("hotline", "hotline"),
                            ("portal", "portal"),
                        ],
                        default="direct",
                        max_length=9,
                        verbose_name="via",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("customer", "as payer"), ("consumer", "as user")],
                        max_length=8,
                        verbose_name="mode",
                    ),
                ),
                ("occurred_at", models.DateTimeField(verbose_name="when")),
                ("minutes", crm.db.fields.MinutesField(blank=True, null=True, verbose_name="minutes")),
                ("summary", models.TextField(blank=True, max_length=10000, verbose_name="summary")),
                ("sentiment", models.SmallIntegerField(blank=True, null=True, verbose_name="mood")),
                (
                    "cost",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="cost"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interactions",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "contacts",
                    models.ManyToManyField(
                        blank=True, related_name="interactions", to="clients.contact", verbose_name="people there"
                    ),
                ),
                (
                    "employees",
                    models.ManyToManyField(
                        blank=True, related_name="interactions", to=settings.AUTH_USER_MODEL, verbose_name="our people"
                    ),
                ),
                (
                    "logged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="logged by",
                    ),
                ),
            ],
            options={
                "verbose_name": "interaction",
                "verbose_name_plural": "interactions",
                "ordering": ["-occurred_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sentiment", None), ("sentiment__range", (-2, 2)), _connector="OR"),
                        name="interaction_sentiment_range",
                        violation_error_message="The mood lies between -2 and 2.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["social", "hospitality"]), _negated=True),
                            models.Q(("initiated_by", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="interaction_social_initiator",
                        violation_error_message="Say who initiated it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("initiated_by", "us"), ("kind__in", ["social", "hospitality"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="interaction_social_reason",
                        violation_error_message="What we initiate needs a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "hospitality"), _negated=True), ("cost__isnull", False), _connector="OR"
                        ),
                        name="interaction_hospitality_cost",
                        violation_error_message="Hospitality carries its cost.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes", None), ("minutes__range", (0, 1440)), _connector="OR"),
                        name="interaction_minutes_range",
                        violation_error_message="Minutes lie between 0 and one day.",
                    ),
                ],
                "indexes": [models.Index(fields=["client", "-occurred_at"], name="interaction_by_client")],
            },
        ),
        migrations.CreateModel(
            name="Promise",
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
                ("text", models.CharField(max_length=300, verbose_name="promise")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("due_is_day", models.BooleanField(default=True, verbose_name="by the end of the day")),
                ("current_due_at", models.DateTimeField(editable=False)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("call", "call"),
                            ("meeting", "meeting"),
                            ("mail", "mail"),
                            ("project", "project"),
                            ("sla", "service level"),
                        ],
                        default="call",
                        max_length=7,
                        verbose_name="source",
                    ),
                ),
                ("kept_at", models.DateTimeField(blank=True, null=True, verbose_name="kept at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                ("on_track_at", models.DateTimeField(blank=True, null=True, verbose_name="marked on track at")),
                ("escalated_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promises",
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
                        related_name="promises",
                        to="clients.contact",
                        verbose_name="to whom",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "promise",
                "verbose_name_plural": "promises",
                "ordering": ["current_due_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept_at", None), ("withdrawn_at", None), _connector="OR"),
                        name="promise_ends_once",
                        violation_error_message="A promise is either kept or withdrawn.",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("kept_at", None), ("withdrawn_at", None)),
                        fields=["current_due_at"],
                        name="promise_open_by_due",
                    ),
                    models.Index(fields=["client", "due_at"], name="promise_by_client"),
                    models.Index(fields=["made_by", "due_at"], name="promise_by_maker"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseDate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("due_at", models.DateTimeField(verbose_name="new date")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("client_informed_at", models.DateTimeField(blank=True, null=True, verbose_name="client informed at")),
                ("client_agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="client agreed at")),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="dates", to="clients.promise"
                    ),
                ),
            ],
            options={
                "ordering": ["promise", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("promise", "position"),
                        name="promise_date_once",
                        violation_error_message="Somebody else has just moved this promise.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 2)), name="promise_date_second_or_later"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seller",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="57b47c6d99a71f4a5ad9f6ff8ae4176517282451",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_073d3",
                    table="clients_seller",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seller",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="d863077de1c6df3200423c0882a6780e07e7e6e4",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_62b65",
                    table="clients_seller",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceline",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="f9e02a12a0f35b571a8eab411e4dc5966fc170a3",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_3d38a",
                    table="clients_serviceline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="720e11081bf90688995b31675661892eab7521e8",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_c2d8e",
                    table="clients_serviceline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tierpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="fae44bb88df7e74442005c5a900baadbeeaa06ac",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_4bee6",
                    table="clients_tierpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tierpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="fc89aa08dfffe3d751e7706a1c1e6db56510462f",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_8349a",
                    table="clients_tierpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clientmember",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="fdd1f11a06941fe6db6f2fcfb63e2ab0b0738e4e",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_fcd1f",
                    table="clients_clientmember",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clientmember",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="e23076bc49958f11a1830d6b987cba213f737b87",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_be0e9",
                    table="clients_clientmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="d7e53ddbc607d67223557b1d58b6ca8f3e4a2f58",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_a6fa5",
                    table="clients_contact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'private_notes']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'private_notes']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'private_notes']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="bf1a03e18811672e80fbb200b97fa651f2f44093",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_17a92",
                    table="clients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="tombstone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)\nVALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());\nRETURN NULL;\n",
                    hash="47deb867491b0b391ce2b386af9a147783ee5d54",
                    operation="DELETE",
                    pgid="pgtrigger_tombstone_a9dc3",
                    table="clients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importbatch",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="057dadd30e37b451a8e15a90478357e3209cbacd",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_05732",
                    table="clients_importbatch",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importbatch",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'headers', 'mapping']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'headers', 'mapping']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'headers', 'mapping']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="31c577946d9a4ba25cd37f2a2bfe76e9b8c23e49",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_6d77b",
                    table="clients_importbatch",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interaction",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="45592a5afb02e40e8f0a25f0bbf9a389d2e2e31d",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_ce057",
                    table="clients_interaction",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interaction",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="c17d00556ac9dc12ed9780ff319909b623c86124",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_56b99",
                    table="clients_interaction",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="keyclientdesignation",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="f5c558ac87151f939d91717f8131936ce0a967c1",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_73b17",
                    table="clients_keyclientdesignation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="keyclientdesignation",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="eacf5c9b18a9ae3b78703b98fd08ac77694d9f28",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_6bc5b",
                    table="clients_keyclientdesignation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promise",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="bf9be46525a06a6ca570e6c27e1d7e992cd9324b",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_e737c",
                    table="clients_promise",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promise",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="ae179cb8670b5dc7e1b944828e379c2ae93075a1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_998b0",
                    table="clients_promise",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promisedate",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e7c71d424e03ddec9656ac02291bcf1b37b38f4a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_11590",
                    table="clients_promisedate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="savedview",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="4a2fe10cb4ad15f946daccbe750c4bffbade6bb7",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_d7dd7",
                    table="clients_savedview",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="fc8fd567152360ab933032b60ead58c9bec4aca5",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_1b10c",
                    table="clients_client",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="4514516e031b6aea65d50816d34200d4b6b609df",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_c1a43",
                    table="clients_client",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="client",
            trigger=pgtrigger.compiler.Trigger(
                name="tombstone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)\nVALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());\nRETURN NULL;\n",
                    hash="0598406ed01fc8e8816450f495397f79e2be7f6d",
                    operation="DELETE",
                    pgid="pgtrigger_tombstone_1c1da",
                    table="clients_client",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="eafdb0f527fd75569f2ba72d70567c15b9972d40",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_597bc",
                    table="clients_bankaccount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="05b0c4f7fb64702414fb5969b625e58b3c621b32",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_b9931",
                    table="clients_bankaccount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statuschange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5cd00162a0b0329431c0cd6e1df82b91cf8941d8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_98e6f",
                    table="clients_statuschange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="task",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="c5d6c7bf22f945783198bae97291aa994b74c49d",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_e8b06",
                    table="clients_task",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="task",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="54b742e35307ec0c4c4837302ad26cc59116f14d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_43135",
                    table="clients_task",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tierchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9598d49425b17e861d6c0dabab3c9027e216540f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_19132",
                    table="clients_tierchange",
                    when="BEFORE",
                ),
            ),
        ),
    ]
