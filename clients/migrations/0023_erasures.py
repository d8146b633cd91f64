import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0022_first_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
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
                ("asked_on", models.DateField(verbose_name="asked on")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("call", "call"),
                            ("meeting", "meeting"),
                            ("email", "e-mail"),
                            ("message", "message"),
                            ("letter", "letter"),
                            ("survey", "survey"),
                            ("review", "review site"),
                            ("social", "social network"),
                        ],
                        default="email",
                        max_length=7,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "asked for"), ("done", "erased"), ("withdrawn", "taken back")],
                        default="asked",
                        editable=False,
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="decided at")),
                ("receipt", models.JSONField(default=dict, editable=False, verbose_name="receipt")),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-asked_on", "-id"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="promisedate",
            name="append_only",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="statuschange",
            name="append_only",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tierchange",
            name="append_only",
        ),
        migrations.AddField(
            model_name="contact",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="erased at"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="promisedate",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason']::text[] = to_jsonb(OLD) - ARRAY['reason']::text[] AND EXISTS (\n    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()\n        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint\n) THEN RETURN NEW; END IF;\nRAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;\n",
                    hash="b51b5bc95b847bd7ed35b1c9b9efcbde0a2e3870",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_11590",
                    table="clients_promisedate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statuschange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason']::text[] = to_jsonb(OLD) - ARRAY['reason']::text[] AND EXISTS (\n    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()\n        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint\n) THEN RETURN NEW; END IF;\nRAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;\n",
                    hash="d5c26b2fa57b90b7946d369cfc21aeadc64cf901",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_98e6f",
                    table="clients_statuschange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tierchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason']::text[] = to_jsonb(OLD) - ARRAY['reason']::text[] AND EXISTS (\n    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()\n        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint\n) THEN RETURN NEW; END IF;\nRAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;\n",
                    hash="2df093ed1e6a2aa0fa835aedc9b45db3abb95dbd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_19132",
                    table="clients_tierchange",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(
                        ("birthday", None),
                        ("email", ""),
                        ("first_name", ""),
                        ("interests", ""),
                        ("last_name", ""),
                        ("left_on__isnull", False),
                        ("notes_until_on", None),
                        ("nps_on", None),
                        ("nps_score", None),
                        ("phone", ""),
                        ("position", ""),
                        ("private_notes", ""),
                    ),
                    _connector="OR",
                ),
                name="contact_erased_is_blank",
                violation_error_message="This person was erased: nothing is written about them again.",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="client",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="erasures",
                to="clients.client",
                verbose_name="client",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="contact",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="erasures",
                to="clients.contact",
                verbose_name="whom it concerns",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="decided_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="noted_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="noted by",
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["state", "asked_on"], name="erasure_by_state"),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")),
                fields=("contact",),
                name="erasure_asked_once",
                violation_error_code="already_done",
                violation_error_message="It is on record already that this person asks to be erased.",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "asked")),
                    models.Q(
                        models.Q(("state", "asked"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="erasure_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "done"), ("receipt", {}), _connector="OR"),
                name="erasure_receipt_when_done",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="touch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;\nRETURN NEW;\n",
                    hash="78395c2a0d4cddf20c40d6b050434d1b2208ea66",
                    operation="UPDATE",
                    pgid="pgtrigger_touch_0d192",
                    table="clients_erasure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="3a260b3b2f1983b48f07ae1b3bed6d26d379e8ca",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_f3098",
                    table="clients_erasure",
                    when="AFTER",
                ),
            ),
        ),
    ]
