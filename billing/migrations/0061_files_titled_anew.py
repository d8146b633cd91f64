"""Files take another title or kind and a later day; an earlier one only while the upload is fresh."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0060_fee_of_return"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="attachment",
            name="kept_as_it_came",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="attachment",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_as_it_came",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."content_type" IS DISTINCT FROM (NEW."content_type") OR OLD."invoice_id" IS DISTINCT FROM (NEW."invoice_id") OR OLD."offer_id" IS DISTINCT FROM (NEW."offer_id") OR OLD."retainer_id" IS DISTINCT FROM (NEW."retainer_id") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."uploaded_at" IS DISTINCT FROM (NEW."uploaded_at") OR OLD."uploaded_by_id" IS DISTINCT FROM (NEW."uploaded_by_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="16f8a60c745c9120a79a3adc562dd2a2c7ef1bed",
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
                name="kept_no_shorter",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (coalesce(NEW.keep_until_on, '-infinity') < OLD.keep_until_on AND OLD.uploaded_at < now() - interval '600 seconds')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="a913e0321309959592372e7570134471bc309a29",
                    operation="UPDATE",
                    pgid="pgtrigger_kept_no_shorter_59d67",
                    table="billing_attachment",
                    when="BEFORE",
                ),
            ),
        ),
    ]
