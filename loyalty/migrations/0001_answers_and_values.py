"""The loyalty floor: answers, values and figures with their history."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import crm.db.fields
import loyalty.models.policy


class Migration(migrations.Migration):
    replaces = [("loyalty", "0001_loyalty_floor"), ("loyalty", "0002_segment_years_and_survey_pauses")]

    initial = True

    dependencies = [
        ("clients", "0001_clients_and_care"),
        ("crm", "0002_people_and_trail"),
    ]

    operations = [
        migrations.CreateModel(
            name="NpsSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of_on", models.DateField(unique=True)),
                ("from_on", models.DateField()),
                ("asked_count", models.PositiveIntegerField()),
                ("promoters", models.PositiveIntegerField()),
                ("passives", models.PositiveIntegerField()),
                ("detractors", models.PositiveIntegerField()),
                ("nps", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("low", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("high", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("account_nps", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("account_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SegmentValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of_on", models.DateField()),
                (
                    "tier",
                    models.CharField(
                        blank=True, choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")], max_length=3
                    ),
                ),
                ("value", crm.db.fields.MoneyField(decimal_places=2, max_digits=14)),
                ("client_count", models.PositiveIntegerField()),
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
                        fields=("as_of_on", "service_line", "tier"), name="segment_value_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentYears",
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
                        blank=True,
                        choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")],
                        max_length=3,
                        verbose_name="tier",
                    ),
                ),
                (
                    "years",
                    models.DecimalField(
                        decimal_places=1, max_digits=4, verbose_name="years a client is expected to stay"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "service_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.serviceline",
                        verbose_name="service line",
                    ),
                ),
            ],
            options={
                "verbose_name": "years of a segment",
                "verbose_name_plural": "years of segments",
                "ordering": ["service_line", "tier"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service_line", "tier"),
                        name="segment_years_once",
                        nulls_distinct=False,
                        violation_error_message="This segment has its years already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("years__gte", 0)),
                        name="segment_years_not_negative",
                        violation_error_message="Years are not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("service_line", None), ("tier", ""), _negated=True),
                        name="segment_years_name_a_segment",
                        violation_error_message="Choose a service line or a tier; for all clients change the settings.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Survey",
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
                        choices=[("relational", "how we are doing"), ("transactional", "after a delivery")],
                        default="relational",
                        max_length=13,
                        verbose_name="kind",
                    ),
                ),
                ("audience", models.JSONField(blank=True, default=dict, verbose_name="audience")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("sending", "being sent"), ("sent", "sent"), ("closed", "closed")],
                        default="draft",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("excluded", models.JSONField(default=list, editable=False)),
                ("sent_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="sent at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "survey",
                "verbose_name_plural": "surveys",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ValueSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of_on", models.DateField()),
                ("currency", crm.db.fields.CurrencyField(max_length=3)),
                ("simple_value", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("source", models.CharField(blank=True, max_length=7)),
                ("years", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("purchases_per_year", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("average_check", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("historical_plain", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("historical_discounted", crm.db.fields.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("margin_share", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("discount_rate_percent", models.DecimalField(decimal_places=2, max_digits=6)),
                ("window_months", models.PositiveSmallIntegerField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="value_snapshots", to="clients.client"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("client", "as_of_on"), name="value_snapshot_once")],
            },
        ),
        migrations.CreateModel(
            name="ConcentrationSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of_on", models.DateField()),
                (
                    "basis",
                    models.CharField(
                        choices=[("revenue", "revenue"), ("margin", "margin"), ("receivables", "receivables")],
                        max_length=11,
                    ),
                ),
                ("currency", crm.db.fields.CurrencyField(max_length=3)),
                ("client_count", models.PositiveIntegerField()),
                ("total", crm.db.fields.MoneyField(decimal_places=2, max_digits=14)),
                ("top1", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("top3", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("top5", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("top10", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("hhi_points", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("effective_number", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("gini", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                (
                    "largest_clients",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("as_of_on", "basis"), name="concentration_snapshot_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FirmFigure",
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
                ("valid_on", models.DateField(unique=True, verbose_name="as of")),
                ("currency", crm.db.fields.CurrencyField(default="EUR", max_length=3, verbose_name="currency")),
                (
                    "cash",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="cash"
                    ),
                ),
                (
                    "fixed_cost_monthly",
                    crm.db.fields.MoneyField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="fixed cost a month"
                    ),
                ),
                (
                    "avoidable_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2,
                        default=36,
                        max_digits=6,
                        verbose_name="avoidable share of direct cost in per cent",
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
                "verbose_name": "firm figures",
                "verbose_name_plural": "firm figures",
                "ordering": ["-valid_on"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("avoidable_percent__range", (0, 100))),
                        name="firm_figure_avoidable_range",
                        violation_error_message="The avoidable share lies between 0 and 100 per cent.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fixed_cost_monthly", None), ("fixed_cost_monthly__gte", 0), _connector="OR"
                        ),
                        name="firm_figure_cost_not_negative",
                        violation_error_message="A cost is not negative.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoyaltyPolicy",
            fields=[
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
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                (
                    "badge",
                    models.CharField(
                        choices=[("simple", "simple value"), ("residual", "value to come")],
                        default="simple",
                        max_length=8,
                        verbose_name="value badge shows",
                    ),
                ),
                (
                    "expected_years",
                    models.DecimalField(
                        decimal_places=1, default=5, max_digits=4, verbose_name="years a client is expected to stay"
                    ),
                ),
                (
                    "discount_rate_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=15, max_digits=6, verbose_name="discount rate a year in per cent"
                    ),
                ),
                (
                    "value_bands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=crm.db.fields.MoneyField(decimal_places=2, max_digits=14),
                        default=loyalty.models.policy.default_bands,
                        verbose_name="bands that consultants see",
                    ),
                ),
                (
                    "consultants_see_bands",
                    models.BooleanField(default=True, verbose_name="consultants see the value as a band"),
                ),
                ("by_service_line", models.BooleanField(default=True, verbose_name="segments by service line")),
                ("by_tier", models.BooleanField(default=True, verbose_name="segments by tier")),
                (
                    "top1_watch_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=10, max_digits=6, verbose_name="largest client, watch from"
                    ),
                ),
                (
                    "top1_warn_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=20, max_digits=6, verbose_name="largest client, warn from"
                    ),
                ),
                (
                    "top1_limit_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=30, max_digits=6, verbose_name="largest client, limit"
                    ),
                ),
                (
                    "top3_limit_percent",
                    crm.db.fields.PercentField(
                        decimal_places=2, default=50, max_digits=6, verbose_name="three largest, limit"
                    ),
                ),
                ("hhi_watch", models.PositiveIntegerField(default=1000, verbose_name="HHI, watch from")),
                ("hhi_limit", models.PositiveIntegerField(default=1800, verbose_name="HHI, limit")),
                (
                    "first_contact_hours",
                    models.PositiveSmallIntegerField(default=48, verbose_name="call a detractor within hours"),
                ),
                (
                    "survey_pause_days",
                    models.PositiveSmallIntegerField(default=90, verbose_name="days between two surveys of a person"),
                ),
                (
                    "survey_relational_days",
                    models.PositiveSmallIntegerField(
                        default=180, verbose_name="days until a person is asked how we are doing again"
                    ),
                ),
                (
                    "survey_people_per_client",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="people of one client asked within 30 days"
                    ),
                ),
                (
                    "survey_new_client_days",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="days without surveys after a first delivery"
                    ),
                ),
            ],
            options={
                "verbose_name": "loyalty policy",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="loyalty_policy_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(("expected_years__gte", 0)),
                        name="loyalty_policy_years_not_negative",
                        violation_error_message="Years are not negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hhi_limit__lte", 10000),
                            ("hhi_watch__lte", models.F("hhi_limit")),
                            ("top1_limit_percent__lte", 100),
                            ("top1_warn_percent__lte", models.F("top1_limit_percent")),
                            ("top1_watch_percent__lte", models.F("top1_warn_percent")),
                            ("top3_limit_percent__lte", 100),
                        ),
                        name="loyalty_policy_limits_rise",
                        violation_error_message="Watch, warning and limit rise in this order, up to 100 per cent.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=200)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="clients.contact"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitation",
                        to="crm.signedlink",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="loyalty.survey"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("survey", "contact"),
                        name="invitation_once",
                        violation_error_message="This person was already asked in this survey.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyResponse",
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
                ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                ("comment", models.TextField(blank=True, max_length=4000, verbose_name="comment")),
                ("language", models.CharField(blank=True, max_length=2)),
                ("call_back", models.BooleanField(default=False, verbose_name="wants to be called")),
                ("answered_at", models.DateTimeField(verbose_name="answered at")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_responses",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="survey_responses",
                        to="clients.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="loyalty.survey",
                        verbose_name="survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey response",
                "verbose_name_plural": "survey responses",
                "ordering": ["-answered_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__range", (0, 10))),
                        name="response_score_range",
                        violation_error_message="A score is a whole number from 0 to 10.",
                    ),
                    models.UniqueConstraint(
                        fields=("survey", "contact"),
                        name="response_once",
                        violation_error_code="already_done",
                        violation_error_message="This person has already answered this survey.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["answered_at"], name="response_by_moment"),
                    models.Index(fields=["client", "-answered_at"], name="response_by_client"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loyaltypolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="017df1fed33ba68f826f9ea34c941b752730f936",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_911d0",
                    table="loyalty_loyaltypolicy",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loyaltypolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="c63b4feae99c846dd7f68bc598e86a71057e8419",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_8b332",
                    table="loyalty_loyaltypolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="firmfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="1d8df6dda20e1bb607a2887cd8b52ee5e760c6de",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_73c51",
                    table="loyalty_firmfigure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="firmfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="4696a61712370ca5a38c8c972ba4263d0f494107",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_ab7a8",
                    table="loyalty_firmfigure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="segmentyears",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="d7b02cee0e808c327c7682b8a8e832865e0cd38f",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_ef71c",
                    table="loyalty_segmentyears",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="segmentyears",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="3284c232e98182247a072b6ea21b957f0ca557da",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_41c0e",
                    table="loyalty_segmentyears",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="b5c9d6b564a19c44dd7956e5f02e00688483888e",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_9b9a0",
                    table="loyalty_survey",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="549bd65aba8ab35b7682a73c6902aa227e0c1875",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_aaa37",
                    table="loyalty_survey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="surveyresponse",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="2fd3ffad6e6ec38751e67568c34f50dc9fc4664f",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_b506d",
                    table="loyalty_surveyresponse",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="surveyresponse",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="2d9f4e5381abe0bba535d9f30a43f03cf0529c56",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_89657",
                    table="loyalty_surveyresponse",
                    when="AFTER",
                ),
            ),
        ),
    ]
