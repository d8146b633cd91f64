"""The documents lock kept by the database: nothing is issued, paid or written off in a closed period of a seller.

A writer shares the advisory key with all others, whoever closes a period takes it alone (billing.models.time) and so
waits for them. Services take the key first (billing.services.locks), because a late wait could end in a deadlock.
"""

import pgtrigger
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CLOSING_KEY = 430053
CONSTRAINT = "document_in_open_period"

REFUSE = """
PERFORM pg_advisory_xact_lock_shared({key});
SELECT locked_until_on INTO closed FROM billing_periodlock
WHERE kind = 'documents' AND seller_id = {seller} ORDER BY id DESC LIMIT 1;
IF NEW.{day} <= closed THEN
    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
END IF;
RETURN NEW;
"""


def documents_locked() -> ValidationError:
    return ValidationError(_("This period is closed for documents."), code="period_locked")


def in_open_period(
    day: str, *, seller: str = "NEW.seller_id", operation: pgtrigger.Operation, when: str | None = None
) -> pgtrigger.Trigger:
    """Refuses a row whose `day` lies in the seller's closed period; `when` narrows the rows that are asked."""
    return pgtrigger.Trigger(
        name="in_open_period",
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(when) if when else None,
        declare=[("closed", "date")],
        func=REFUSE.format(key=CLOSING_KEY, seller=seller, day=day, name=CONSTRAINT),
    )
