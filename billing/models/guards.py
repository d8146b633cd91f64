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
IF {day} <= closed THEN
    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
END IF;
RETURN NEW;
"""

# Shared by all writers of time; whoever closes a period takes it alone.
REFUSE_WHEN_LOCKED = """
PERFORM pg_advisory_xact_lock_shared(430053);
IF TG_OP = 'UPDATE' AND OLD.status IN ('approved', 'invoiced') AND NEW.status IN ('approved', 'invoiced')
   AND (OLD.generation, OLD.billed_minutes, OLD.billing_type) = (NEW.generation, NEW.billed_minutes, NEW.billing_type)
THEN RETURN NEW; END IF;
SELECT locked_until_on INTO closed FROM billing_periodlock WHERE kind = 'time' ORDER BY id DESC LIMIT 1;
IF (TG_OP <> 'INSERT' AND OLD.worked_on <= closed) OR (TG_OP <> 'DELETE' AND NEW.worked_on <= closed) THEN
    RAISE EXCEPTION 'The period is closed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'time_entry_in_open_period';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""

# A credit note takes back an issued invoice, and of each of its lines never more than earlier ones have left.
WITHIN_LINES = """
PERFORM 1 FROM billing_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
IF NOT EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.corrects_id AND status = 'issued' AND kind = 'invoice') THEN
    RAISE EXCEPTION 'A credit note takes back an issued invoice.';
END IF;
IF EXISTS (
    SELECT 1 FROM billing_invoiceline own JOIN billing_invoiceline line ON line.id = own.credits_id
    WHERE own.invoice_id = NEW.id AND (
        line.invoice_id <> NEW.corrects_id
        OR abs(line.amount) < abs((
            SELECT sum(c.amount) FROM billing_invoiceline c JOIN billing_invoice i ON i.id = c.invoice_id
            WHERE c.credits_id = line.id AND (i.status = 'issued' OR i.id = NEW.id))))
) THEN
    RAISE EXCEPTION 'A credit note takes back more than is left of a line.';
END IF;
RETURN NEW;
"""


FOUR_EYES = """
IF TG_OP = 'UPDATE' AND OLD.{decider} IS NOT DISTINCT FROM NEW.{decider} THEN RETURN NEW; END IF;
IF NEW.{decider} IN ({doers}) AND NOT coalesce((SELECT small_firm FROM crm_firm LIMIT 1), FALSE) THEN
    RAISE EXCEPTION 'Nobody decides about what they did themselves.'
        USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
END IF;
RETURN NEW;
"""


# Work whose minutes are all prepaid is frozen by a statement that the client has: neither it nor its draws change.
ON_STATEMENT = """
IF EXISTS (
    SELECT FROM billing_ledgerrow draw
    JOIN billing_hourpackage package ON package.account_id = draw.account_id
    JOIN billing_issuedstatement paper ON paper.package_id = package.id AND paper.last_row_id >= draw.id
        AND draw.occurred_on BETWEEN paper.first_on AND paper.last_on
    WHERE draw.entry_id = {entry} AND draw.kind = 'draw'
      AND NOT EXISTS (SELECT FROM billing_ledgerrow back WHERE back.reverses_id = draw.id)
) AND (
    SELECT sum(draw.covered_minutes) FROM billing_ledgerrow draw
    WHERE draw.entry_id = {entry} AND draw.kind = 'draw'
      AND NOT EXISTS (SELECT FROM billing_ledgerrow back WHERE back.reverses_id = draw.id)
) >= (SELECT billed_minutes FROM billing_timeentry WHERE id = {entry}) THEN
    RAISE EXCEPTION 'The client has a statement of this work.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'not_on_issued_statement';
END IF;
"""


def on_statement() -> ValidationError:
    return ValidationError(
        _("The client has a statement with this work: correct the hours on their package."), code="wrong_status"
    )


def work_not_on_statement() -> pgtrigger.Trigger:
    """Refuses that booked work which the client has read is taken back or rated anew."""
    changed = "(OLD.billed_minutes, OLD.billing_type) IS DISTINCT FROM (NEW.billed_minutes, NEW.billing_type)"
    taken_back = "NEW.status NOT IN ('approved', 'invoiced')"
    when = f"OLD.status IN ('approved', 'invoiced') AND ({taken_back} OR {changed})"
    return _not_on_statement("OLD.id", operation=pgtrigger.Update, when=when)


def draw_not_on_statement() -> pgtrigger.Trigger:
    """Refuses that the draws of such work are reversed."""
    when = "NEW.kind = 'reversal' AND NEW.entry_id IS NOT NULL"
    return _not_on_statement("NEW.entry_id", operation=pgtrigger.Insert, when=when)


def _not_on_statement(entry: str, *, operation: pgtrigger.Operation, when: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="not_on_statement",
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(when),
        func=ON_STATEMENT.format(entry=entry) + "RETURN NEW;",
    )


def within_credited_lines() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="within_credited_lines",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.status = 'draft' AND NEW.status = 'issued' AND NEW.kind = 'credit_note'"),
        func=WITHIN_LINES,
    )


def documents_locked() -> ValidationError:
    return ValidationError(_("This period is closed for documents."), code="period_locked")


# What is left of a payment and what is still owed on an invoice are asked again by the database, under the lock of the
# row that they belong to; a service that has the lock already does not wait.
OF_PAYMENT = """
PERFORM 1 FROM billing_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
SELECT p.amount - coalesce((SELECT sum(amount) FROM billing_allocation WHERE payment_id = p.id), 0)
    - coalesce((SELECT sum(amount) FROM billing_refund WHERE payment_id = p.id), 0)
INTO rest FROM billing_payment p WHERE p.id = NEW.payment_id;
IF NEW.amount > rest THEN
    RAISE EXCEPTION 'Only % is left of the payment.', rest
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_not_overdrawn';
END IF;
"""
OF_INVOICE = """
PERFORM 1 FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
SELECT i.gross_amount
    - coalesce((SELECT sum(amount + discount_amount) FROM billing_allocation WHERE invoice_id = i.id), 0)
    - coalesce((SELECT sum(amount) FROM billing_writeoff WHERE invoice_id = i.id), 0)
    - coalesce((SELECT sum(gross_amount) FROM billing_invoice WHERE corrects_id = i.id AND status = 'issued'), 0)
INTO rest FROM billing_invoice i WHERE i.id = NEW.invoice_id;
IF {taken} > rest THEN
    RAISE EXCEPTION 'Only % is owed on the invoice.', rest
        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_not_oversettled';
END IF;
"""
TAKEN_BACK = """
SELECT coalesce(sum(amount), 0), coalesce(sum(discount_amount), 0) INTO rest, discount FROM billing_allocation
WHERE payment_id = NEW.payment_id AND invoice_id = NEW.invoice_id;
IF rest + NEW.amount < 0 OR discount + NEW.discount_amount < 0 THEN
    RAISE EXCEPTION 'Only % of the payment settles the invoice.', rest
        USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_taken_back_once';
END IF;
"""


def money_refused() -> dict[str, ValidationError]:
    """What the guards of money say, by the name that they raise."""
    return {
        "payment_not_overdrawn": ValidationError(_("A payment cannot give more than it is."), code="over_allocated"),
        "invoice_not_oversettled": ValidationError(_("The invoice owes less."), code="over_allocated"),
        "allocation_taken_back_once": ValidationError(_("This was taken back already."), code="already_done"),
    }


def within_bounds(*, payment: bool = False, invoice: bool = False) -> pgtrigger.Trigger:
    """Refuses a row that takes more than is left of its payment, or settles more than its invoice owes."""
    taken = "NEW.amount + NEW.discount_amount" if payment else "NEW.amount"
    asked = (OF_PAYMENT if payment else "") + (OF_INVOICE.format(taken=taken) if invoice else "")
    func = asked + "RETURN NEW;"
    if payment and invoice:  # an allocation; one not above zero takes an earlier one back
        lock = "PERFORM 1 FROM billing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;"
        func = f"IF NEW.amount <= 0 THEN {lock} {TAKEN_BACK} ELSE {asked} END IF; RETURN NEW;"
    return pgtrigger.Trigger(
        name="within_bounds",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("rest", "numeric"), ("discount", "numeric")],
        func=func,
    )


def four_eyes(decider: str, *doers: str, name: str) -> pgtrigger.Trigger:
    """Refuses that somebody decides who did it or asked for it, unless the firm is too small for two people.

    `decider` is a column, `doers` are SQL of people; `name` is the constraint that the refusal names.
    """
    return pgtrigger.Trigger(
        name="four_eyes",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=FOUR_EYES.format(decider=decider, doers=", ".join(doers), name=name),
    )


def in_open_period(
    day: str, *, seller: str = "NEW.seller_id", operation: pgtrigger.Operation, when: str | None = None
) -> pgtrigger.Trigger:
    """Refuses a row whose `day` (SQL) lies in the seller's closed period; `when` narrows the rows that are asked."""
    return pgtrigger.Trigger(
        name="in_open_period",
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(when) if when else None,
        declare=[("closed", "date")],
        func=REFUSE.format(key=CLOSING_KEY, seller=seller, day=day, name=CONSTRAINT),
    )
