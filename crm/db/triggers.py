"""Rules that the database itself keeps: what is append-only, frozen, audited or remembered after deletion."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import pgtrigger

TOUCH = """
IF NEW.updated_at = OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;
RETURN NEW;
"""

AUDIT = """
IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after
    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)
    WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (ARRAY[{skipped}]::text[]);
    IF before IS NULL THEN RETURN NULL; END IF;
ELSIF TG_OP = 'INSERT' THEN
    after := to_jsonb(NEW) - ARRAY[{skipped}]::text[];
ELSE
    before := to_jsonb(OLD) - ARRAY[{skipped}]::text[];
END IF;
INSERT INTO crm_auditentry (at, actor_id, origin, action, table_name, object_id, old, new)
VALUES (
    clock_timestamp(),
    nullif(current_setting('anchor.actor', true), '')::bigint,
    coalesce(current_setting('anchor.origin', true), ''),
    lower(TG_OP), TG_TABLE_NAME, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after
);
RETURN NULL;
"""

TOMBSTONE = """
INSERT INTO crm_tombstone (table_name, object_id, external_source, external_id, deleted_at)
VALUES (TG_TABLE_NAME, OLD.id, OLD.external_source, OLD.external_id, clock_timestamp());
RETURN NULL;
"""

# The setting alone opens nothing: it has to name the audit row that this very transaction wrote about the erasure.
ERASABLE = """
IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY[{columns}]::text[] = to_jsonb(OLD) - ARRAY[{columns}]::text[] AND EXISTS (
    SELECT FROM crm_auditentry WHERE action = 'erasure' AND at >= transaction_timestamp()
        AND id = nullif(current_setting('anchor.erasing', true), '')::bigint
) THEN RETURN NEW; END IF;
RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;
"""


def audited(*skip: str) -> list[pgtrigger.Trigger]:
    """Keeps `updated_at` and writes one audit row for each insert, change and deletion.

    `skip` names columns that are never copied into the trail, such as password hashes.
    """
    return [touched(), audit_trail(*skip)]


def audit_trail(*skip: str) -> pgtrigger.Trigger:
    """Writes the audit row alone, for tables without `updated_at`."""
    skipped = ", ".join(f"'{column}'" for column in ("created_at", "updated_at", *skip))
    return pgtrigger.Trigger(
        name="audit",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("before", "jsonb"), ("after", "jsonb")],
        func=AUDIT.format(skipped=skipped),
    )


def touched() -> pgtrigger.Trigger:
    """Keeps `updated_at` alone, for rows too many or too minor for the audit trail."""
    return pgtrigger.Trigger(name="touch", when=pgtrigger.Before, operation=pgtrigger.Update, func=TOUCH)


def tombstoned() -> pgtrigger.Trigger:
    """Remembers a deleted external record, so that `?updated_after=` can report it."""
    return pgtrigger.Trigger(name="tombstone", when=pgtrigger.After, operation=pgtrigger.Delete, func=TOMBSTONE)


def append_only(*erasable: str) -> pgtrigger.Trigger:
    """Refuses UPDATE and DELETE: a correction is a new row that names what it corrects.

    `erasable` are columns that may name a person: while somebody is erased (crm.erasing), they alone may change.
    """
    operation = pgtrigger.Update | pgtrigger.Delete
    if not erasable:
        return pgtrigger.Protect(name="append_only", operation=operation)
    columns = ", ".join(f"'{column}'" for column in erasable)
    func = ERASABLE.format(columns=columns)
    return pgtrigger.Trigger(name="append_only", when=pgtrigger.Before, operation=operation, func=func)


def frozen_when(
    condition: pgtrigger.Condition, *, name: str = "frozen", operations: Sequence[pgtrigger.Operation] = ()
) -> pgtrigger.Trigger:
    """Refuses changes of rows that already meet `condition`, which speaks of OLD."""
    operation = reduce(or_, operations or (pgtrigger.Update, pgtrigger.Delete))
    return pgtrigger.Protect(name=name, operation=operation, condition=condition)
