import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

# The one door: what opens append-only columns for an erasure writes into the trail that it did, and for whom.
BEGIN = """
CREATE FUNCTION anchor_begin_erasing(subject_table text, subject_id bigint, told jsonb) RETURNS bigint AS $$
DECLARE made bigint;
BEGIN
    INSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, new)
    VALUES (
        clock_timestamp(),
        nullif(current_setting('anchor.actor', true), '')::bigint,
        coalesce(current_setting('anchor.origin', true), ''),
        'erasure', subject_table, subject_id, told
    ) RETURNING id INTO made;
    PERFORM set_config('anchor.erasing', made::text, true);
    RETURN made;
END
$$ LANGUAGE plpgsql
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0012_calendar_links"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="auditentry",
            name="append_only",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['old', 'new']::text[] = to_jsonb(OLD) - ARRAY['old', 'new']::text[] AND EXISTS (\n    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()\n        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint\n) THEN RETURN NEW; END IF;\nRAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;\n",
                    hash="dbbfe707a209b621c7bc93f4b68fe90c74e1c4df",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_89fc8",
                    table="crm_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(BEGIN, "DROP FUNCTION anchor_begin_erasing(text, bigint, jsonb)"),
    ]
