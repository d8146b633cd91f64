"""A deleted draft is told to integrations, as clients and entries are."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_outbox_of_offers_and_runs")]

    operations = [
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
    ]
