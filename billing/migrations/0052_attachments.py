"""Files of clients, offers, retainers and invoices, each kept as it came until its day."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0051_hours_as_advances_since"),
        ("clients", "0028_taxed_when_paid"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
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
                            ("contract", "contract"),
                            ("act", "act"),
                            ("receipt", "receipt"),
                            ("signature", "signature"),
                            ("other", "other"),
                        ],
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("content_type", models.CharField(editable=False, max_length=100)),
                ("size", models.PositiveIntegerField(editable=False)),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("content", models.BinaryField()),
                ("keep_until_on", models.DateField(blank=True, null=True, verbose_name="kept until")),
                ("uploaded_at", models.DateTimeField(editable=False)),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="billing.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "retainer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="billing.retainer",
                        verbose_name="retainer",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "ordering": ["-uploaded_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("client__isnull", False),
                                ("invoice__isnull", True),
                                ("offer__isnull", True),
                                ("retainer__isnull", True),
                            ),
                            models.Q(
                                ("client__isnull", True),
                                ("invoice__isnull", True),
                                ("offer__isnull", False),
                                ("retainer__isnull", True),
                            ),
                            models.Q(
                                ("client__isnull", True),
                                ("invoice__isnull", True),
                                ("offer__isnull", True),
                                ("retainer__isnull", False),
                            ),
                            models.Q(
                                ("client__isnull", True),
                                ("invoice__isnull", False),
                                ("offer__isnull", True),
                                ("retainer__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="attachment_of_one_thing",
                        violation_error_code="one_thing",
                        violation_error_message="A file belongs to one client, offer, retainer or invoice.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0), ("size__lte", 26214400)),
                        name="attachment_size",
                        violation_error_code="file_size",
                        violation_error_message="A file has up to 25 MB.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "other"), ("keep_until_on__isnull", False), _connector="OR"),
                        name="attachment_of_law_is_kept",
                        violation_error_code="required",
                        violation_error_message="Say until when it is kept.",
                    ),
                    models.UniqueConstraint(
                        fields=("client", "offer", "retainer", "invoice", "sha256"),
                        name="attachment_once",
                        nulls_distinct=False,
                        violation_error_code="unique",
                        violation_error_message="This file is here already.",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb;",
                    func="\nIF TG_OP = 'UPDATE' THEN\n    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after\n    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)\n    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY['created_at', 'updated_at', 'content']::text[]);\n    IF before IS NULL THEN RETURN NULL; END IF;\nELSIF TG_OP = 'INSERT' THEN\n    after := to_jsonb(NEW) - ARRAY['created_at', 'updated_at', 'content']::text[];\nELSE\n    before := to_jsonb(OLD) - ARRAY['created_at', 'updated_at', 'content']::text[];\nEND IF;\nINSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)\nVALUES (\n    clock_timestamp(),\n    nullif(current_setting('anchor.actor', true), '')::bigint,\n    coalesce(current_setting('anchor.origin', true), ''),\n    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after\n);\nRETURN NULL;\n",
                    hash="a8029dd681fada476b8cee440eb2441eda123cd2",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audit_d6e97",
                    table="billing_attachment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_as_it_came",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['name']::text[] = to_jsonb(OLD) - ARRAY['name']::text[] AND EXISTS (\n    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()\n        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint\n) THEN RETURN NEW; END IF;\nRAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;\n",
                    hash="017f420f986662234926461ff71f3464d05eef21",
                    operation="UPDATE",
                    pgid="pgtrigger_kept_as_it_came_e35f3",
                    table="billing_attachment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_until_its_day",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF OLD.keep_until_on >= current_date AND OLD.uploaded_at < now() - interval '600 seconds'\n   AND NOT EXISTS (SELECT FROM billing_invoice WHERE id = OLD.invoice_id AND status = 'draft') THEN\n    RAISE EXCEPTION 'The file is kept until its day.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'attachment_kept_until_its_day';\nEND IF;\nRETURN OLD;\n",
                    hash="3da89e35c5c4842b05421e94deb5745580f01ba0",
                    operation="DELETE",
                    pgid="pgtrigger_kept_until_its_day_017ab",
                    table="billing_attachment",
                    when="BEFORE",
                ),
            ),
        ),
    ]
