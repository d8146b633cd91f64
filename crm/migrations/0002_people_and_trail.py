"""The foundation: people, audit trail, tokens, links, jobs."""

import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import crm.db.fields
import crm.models.users


class Migration(migrations.Migration):
    replaces = [
        ("crm", "0002_foundation"),
        ("crm", "0003_invitations_wait"),
        ("crm", "0004_setup_steps"),
        ("crm", "0005_drop_unused_time_zone"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("crm", "0001_extensions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_name", models.CharField(max_length=63)),
                ("object_id", models.BigIntegerField()),
                ("external_source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=120)),
                ("deleted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["table_name", "deleted_at"], name="tombstone_since")],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("partner", "Partner"),
                                ("account_manager", "Account manager"),
                                ("consultant", "Consultant"),
                                ("finance", "Finance"),
                                ("integration", "Integration"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        verbose_name="roles",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("ru", "Русский"), ("de", "Deutsch")],
                        default="en",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                        default="auto",
                        max_length=5,
                        verbose_name="theme",
                    ),
                ),
                ("shortcuts", models.BooleanField(default=True, verbose_name="single-letter shortcuts")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("position", models.CharField(blank=True, max_length=80, verbose_name="position")),
                ("weekly_minutes", crm.db.fields.MinutesField(default=2400, verbose_name="minutes a week")),
                ("holiday_calendar", models.CharField(default="DE", max_length=8, verbose_name="holiday calendar")),
                ("ramp_until_on", models.DateField(blank=True, null=True, verbose_name="in training until")),
                ("invitation_due_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "ordering": ["last_name", "first_name", "username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "roles__contained_by",
                                ["partner", "account_manager", "consultant", "finance", "integration"],
                            )
                        ),
                        name="user_roles_known",
                        violation_error_message="One of these roles does not exist.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekly_minutes__range", (0, 10080))),
                        name="user_weekly_minutes_range",
                        violation_error_message="A week has between 0 and 10 080 minutes.",
                    ),
                ],
            },
            managers=[
                ("objects", crm.models.users.People()),
            ],
        ),
        migrations.CreateModel(
            name="Firm",
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
                ("name", models.CharField(default="Anchor", max_length=120, verbose_name="name of the firm")),
                (
                    "base_currency",
                    crm.db.fields.CurrencyField(default="EUR", max_length=3, verbose_name="base currency"),
                ),
                (
                    "small_firm",
                    models.BooleanField(
                        default=False,
                        help_text="People may approve their own time, goodwill, discounts and write-offs; reports say so.",
                        verbose_name="small firm",
                    ),
                ),
                ("setup_steps", models.JSONField(blank=True, default=dict, editable=False)),
                ("onboarded_at", models.DateTimeField(blank=True, null=True, verbose_name="set up at")),
            ],
            options={
                "verbose_name": "firm",
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="firm_is_one")],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("body_digest", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("status_code", models.SmallIntegerField(null=True)),
                ("answer", models.JSONField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "path", "key"), name="idempotency_key_once")],
                "indexes": [models.Index(fields=["started_at"], name="idempotency_by_age")],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.CharField(max_length=60, verbose_name="job")),
                ("subject", models.CharField(blank=True, default="", max_length=60, verbose_name="subject")),
                ("as_of_on", models.DateField(verbose_name="as of")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "waiting"), ("running", "running"), ("done", "done"), ("failed", "failed")],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("beat_at", models.DateTimeField(null=True)),
                ("done_count", models.IntegerField(default=0)),
                ("total_count", models.IntegerField(default=0)),
                ("message", models.TextField(blank=True, default="")),
                ("warnings", models.JSONField(default=list)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "job run",
                "verbose_name_plural": "job runs",
                "ordering": ["-asked_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("job", "subject", "as_of_on"),
                        name="job_runs_once_at_a_time",
                        violation_error_code="already_running",
                        violation_error_message="This job is already running.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("offer", "accept an offer"),
                            ("handover", "acknowledge a handover"),
                            ("statement", "see a package statement"),
                            ("invoice", "see an invoice"),
                            ("survey", "answer a survey"),
                            ("invitation", "join the firm"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                ("recipient", models.CharField(blank=True, default="", max_length=254, verbose_name="recipient")),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["purpose", "subject_id"], name="link_by_subject")],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("prefix", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used_on", models.DateField(null=True, verbose_name="last used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("origin", models.CharField(max_length=200, verbose_name="from where")),
                ("action", models.CharField(max_length=10, verbose_name="action")),
                ("table_name", models.CharField(max_length=63)),
                ("object_id", models.BigIntegerField()),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["table_name", "object_id", "-at"], name="audit_by_object"),
                    models.Index(fields=["-at"], name="audit_by_moment"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=4)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(max_length=300)),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="crm.signedlink"
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="firm",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="c64489266528fca2132b21aca81f2ed067243e0c",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_8095a",
                    table="crm_firm",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="firm",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="32a774e3b0f69bdabb9e5350deaf6fb37499be8e",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_d0da2",
                    table="crm_firm",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tombstone",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e86bdafb6dbb2317837f561b925d09c8c73a61d9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_47143",
                    table="crm_tombstone",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="ca73b9d47f672e982cc04c438a16cb29ead40d67",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_70129",
                    table="crm_user",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'password', 'last_login', 'invitation_due_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'password', 'last_login', 'invitation_due_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'password', 'last_login', 'invitation_due_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="61520a5afb60efcbb7f53ee3565e76f08f07c0f1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_874d6",
                    table="crm_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="00585ce0f9fa7d5f94b3fecc9a7b88f4d94cf578",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_89fc8",
                    table="crm_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="linkopening",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b015aa01041fe615ccbf10485cb2f9b7ea38412b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ec07c",
                    table="crm_linkopening",
                    when="BEFORE",
                ),
            ),
        ),
    ]
