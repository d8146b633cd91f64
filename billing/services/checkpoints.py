"""Checkpoints of retainers: laid for the term, promised to the client one ahead, done with findings."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Checkpoint, Retainer
from billing.rules.document_words import words_in
from billing.rules.retainers import checkpoint_days
from billing.services.retainers import term_of
from clients.models import Promise
from clients.rules.first_order import Step
from clients.services.first_orders import settle_steps
from clients.services.needs import require_next_need
from clients.services.promises import end_of_day, keep_promise, make_promise, withdraw_promise
from crm.access import Role
from crm.db import worded
from crm.models import User

AHEAD = timedelta(days=100)  # a quarter and a little: the next checkpoint is promised, later ones are only planned


@transaction.atomic
def lay_checkpoints(retainer: Retainer, *, on: date, at: datetime) -> int:
    """Plans the checkpoints of the running term, each once, and promises those that come next; says how many are new.

    Those after the last day of a contract that ended early go, with nothing promised any more.
    """
    row = Retainer.objects.locked().select_related("client__account_manager", "lead").get(pk=retainer.pk)
    if row.status != Retainer.Status.ACTIVE or not row.checkpoint_months:
        return 0
    term = term_of(row, on=on)
    present = set(row.checkpoints.values_list("due_on", flat=True))
    words = words_in(row.client.language)["checkpoint"]
    made = [
        Checkpoint(retainer=row, due_on=day, deliverable=words)
        for day in checkpoint_days(term, months=row.checkpoint_months)
        if day not in present and day >= on
    ]
    Checkpoint.objects.bulk_create(made)
    drop_later_checkpoints(row, last_on=term.last_on, at=at)
    for checkpoint in row.checkpoints.open().filter(promise=None, due_on__lte=on + AHEAD).order_by("due_on"):
        _promise(checkpoint, row, at)
    return len(made)


def lay_all_checkpoints(*, on: date, at: datetime) -> int:
    """For every running contract; safe to run twice."""
    running = Retainer.objects.running(on=on).filter(checkpoint_months__gt=0)
    return sum(lay_checkpoints(retainer, on=on, at=at) for retainer in running)


def drop_later_checkpoints(retainer: Retainer, *, last_on: date, at: datetime) -> None:
    """Takes open checkpoints after the last day away, and what was promised of them: it would only be broken."""
    for checkpoint in retainer.checkpoints.open().filter(due_on__gt=last_on).select_related("promise"):
        promise = checkpoint.promise
        checkpoint.delete()
        if promise and promise.kept_at is None and promise.withdrawn_at is None:
            withdraw_promise(promise, at=at)


@transaction.atomic
def plan_checkpoint(retainer: Retainer, *, due_on: date, deliverable: str, on: date, at: datetime) -> Checkpoint:
    """One more checkpoint by hand. ValidationError `range` for a day outside the contract."""
    term = term_of(retainer, on=on)
    if not retainer.starts_on <= due_on <= term.last_on:
        raise ValidationError({"due_on": ValidationError(_("The contract does not run then."), code="range")})
    with worded():
        checkpoint = Checkpoint.objects.create(retainer=retainer, due_on=due_on, deliverable=deliverable.strip())
    if due_on <= on + AHEAD:
        _promise(checkpoint, retainer, at)
    return checkpoint


@transaction.atomic
def finish_checkpoint(
    checkpoint: Checkpoint, *, findings: str, corrections: str = "", done_at: datetime, by: User, at: datetime
) -> Checkpoint:
    """Keeps what was found and keeps the promise with it.

    ValidationError `already_done`, `future`, `required`; `next_need` while nobody wrote down what comes next.
    """
    row = Checkpoint.objects.locked().select_related("promise").get(pk=checkpoint.pk)
    if row.done_at is not None:
        raise ValidationError(_("This checkpoint is done already."), code="already_done")
    if done_at > at:
        raise ValidationError({"done_at": ValidationError(_("This moment has not come yet."), code="future")})
    require_next_need(row.retainer.client, on=timezone.localdate(at))
    row.findings, row.corrections = findings.strip(), corrections.strip()
    row.done_at, row.done_by = done_at, by
    with worded():
        row.save()
    if row.promise and row.promise.kept_at is None:
        keep_promise(row.promise, kept_at=done_at, at=at)
    settle_steps(row.retainer.client, [Step.CHECKPOINT], at=at, by=by)
    return row


def _promise(checkpoint: Checkpoint, retainer: Retainer, at: datetime) -> None:
    """What is due is promised to the client, so that being late counts as every broken promise does."""
    keeper = retainer.lead or retainer.client.account_manager or _any_partner()
    checkpoint.promise = make_promise(
        retainer.client,
        text=f"{checkpoint.deliverable}: {retainer.name}"[:300],
        due_at=end_of_day(checkpoint.due_on),
        by=keeper,
        at=at,
        source=Promise.Source.MEETING,
    )
    checkpoint.save(update_fields=["promise"])


def _any_partner() -> User:
    return User.objects.in_role(Role.PARTNER).filter(is_active=True).order_by("pk")[0]
