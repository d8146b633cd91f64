"""Expenses: handed in with a receipt, approved by somebody else, charged to the client where they are billable."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import PurePath

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Expense, Receipt
from billing.rules.receipts import MOST_BYTES, type_of
from billing.services.currencies import convert_to_base
from billing.services.locks import check_time_open
from crm.access import Role
from crm.db import worded
from crm.models import User
from crm.money import quantise

SUBMITTED, APPROVED, REJECTED = Expense.Status


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


def net_of(amount: Decimal, vat_percent: Decimal, currency: str) -> Decimal:
    """The amount without its VAT, rounded once."""
    return quantise(Fraction(amount) / (1 + Fraction(vat_percent) / 100), currency)


@transaction.atomic
def hand_in_expense(expense: Expense, *, by: User, at: datetime, receipt: Upload | None = None) -> Expense:
    """Saves a new expense or a changed one that is not approved; it then waits for the approval of somebody else.

    ValidationError `period_locked`, `wrong_status` for an approved one, or on the field that is wrong.
    """
    _check_writer(expense, by)
    check_time_open(expense.spent_on)
    _settle(expense)
    expense.status, expense.review_comment, expense.handed_in_by = SUBMITTED, "", by
    with worded():
        expense.full_clean(exclude=["net_amount", "base_amount"])
        expense.save()
    if receipt:
        attach_receipt(expense, receipt, by=by, at=at)
    return expense


@transaction.atomic
def approve_expenses(ids: Collection[int], *, by: User, at: datetime) -> list[Expense]:
    """Approves what waits, all or none. Nobody approves their own. `already_done`, `period_locked`."""
    rows = _waiting(ids)
    _check_approver(rows, by)
    check_time_open(*(row.spent_on for row in rows))
    for row in rows:
        conversion = convert_to_base(row.net_amount, row.currency, on=row.spent_on)
        row.base_amount = conversion.amount if conversion else None
        row.status, row.approved_by, row.approved_at = APPROVED, by, at
        row.save(update_fields=["base_amount", "status", "approved_by", "approved_at"])
    return rows


@transaction.atomic
def reject_expenses(ids: Collection[int], *, comment: str, by: User) -> list[Expense]:
    """Gives expenses back with a comment; their writer may hand them in again."""
    if not comment.strip():
        raise ValidationError({"comment": ValidationError(_("Say what has to change."), code="required")})
    rows = _waiting(ids)
    _check_approver(rows, by)
    for row in rows:
        row.status, row.review_comment = REJECTED, comment.strip()[:300]
        row.save(update_fields=["status", "review_comment"])
    return rows


@transaction.atomic
def delete_expense(expense: Expense, *, by: User) -> int:
    """Takes back what was not approved. `wrong_status` for what was."""
    _check_writer(expense, by)
    check_time_open(expense.spent_on)
    return expense.delete()[0]


def attach_receipt(expense: Expense, upload: Upload, *, by: User, at: datetime) -> Receipt:
    """Keeps the file as it came; PDF or picture up to 25 MB."""
    kind = type_of(upload.content)
    if kind is None:
        raise _wrong_file(_("A receipt is a PDF or a picture (PNG, JPEG, WebP)."), "file_type")
    if len(upload.content) > MOST_BYTES:
        raise _wrong_file(_("A receipt has up to 25 MB."), "file_size")
    return Receipt.objects.create(
        expense=expense,
        name=PurePath(upload.name).name[:200] or "receipt",
        content_type=kind,
        size=len(upload.content),
        sha256=sha256(upload.content).hexdigest(),
        content=upload.content,
        uploaded_by=by,
        uploaded_at=at,
    )


def _settle(expense: Expense) -> None:
    seller = expense.engagement.seller if expense.engagement else expense.client.default_seller
    if seller is None:
        error = ValidationError(_("Say which own company works for this client."), code="seller_missing")
        raise ValidationError({"client": error})
    expense.seller = seller
    if expense.engagement and not expense.client.has(expense.engagement):
        error = ValidationError(_("This belongs to another client."), code="engagement_foreign")
        raise ValidationError({"engagement": error})
    expense.currency = expense.currency or expense.client.currency
    expense.net_amount = net_of(expense.amount, expense.vat_percent or Decimal(0), expense.currency)


def _check_writer(expense: Expense, by: User) -> None:
    kept = Expense.objects.locked().get(pk=expense.pk) if expense.pk else expense
    if {kept.employee_id, expense.employee_id} != {by.pk} and not by.is_in(Role.PARTNER, Role.FINANCE):
        raise PermissionDenied(_("You hand in your own expenses."))
    if expense.pk and kept.status == APPROVED:
        raise ValidationError(_("This expense is approved and is no longer changed."), code="wrong_status")


def _waiting(ids: Collection[int]) -> list[Expense]:
    rows = list(Expense.objects.filter(pk__in=ids).locked())
    if not rows:
        raise ValidationError(_("Choose at least one expense."), code="required")
    if any(row.status != SUBMITTED for row in rows):
        raise ValidationError(_("Somebody has decided about this expense already."), code="already_done")
    return rows


def _check_approver(rows: Sequence[Expense], by: User) -> None:
    ids = [row.pk for row in rows]
    if Expense.objects.filter(pk__in=ids).of_others(by).count() < len(ids):
        raise PermissionDenied(_("Nobody approves their own expenses, nor what they handed in for somebody else."))
    if Expense.objects.filter(pk__in=ids).reviewable_by(by).count() < len(ids):
        raise PermissionDenied(_("The lead of the engagement or the account manager approves this expense."))


def _wrong_file(message: object, code: str) -> ValidationError:
    return ValidationError({"receipt": ValidationError(str(message), code=code)})
