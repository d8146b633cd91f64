"""Files of the bank as they are handed in: a short one is staged at once, a long one by a worker, each of them once.

The row is the outbox: a worker that dies leaves it waiting, and the next one begins anew; nothing is kept by halves.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import BankFile, BankStatement
from billing.services.bank_statements import plain_name, stage_file
from clients.models import BankAccount
from crm.jobs import enqueue
from crm.models import User

AT_ONCE_BYTES = 250_000  # about 2 000 lines of a table, or two seconds
MOST_TRIES = 3  # a file that kills its worker each time is left to a person
SHOWN_FOR = 3600  # seconds


class HandedIn(NamedTuple):
    """What a file held, and whether it is new; or the file that a worker reads."""

    statements: Sequence[BankStatement] = ()
    is_new: bool = True
    file: BankFile | None = None


class Reading(NamedTuple):
    """How many entries of a file are staged; both None until its lines are counted."""

    done: int | None = None
    total: int | None = None


def hand_in_file(content: bytes, *, file_name: str, account: BankAccount | None = None, by: User) -> HandedIn:
    """Stages a short file, else leaves it to a worker. ValidationError of `stage_file` for a short one.

    The same file again changes nothing; one that was refused is read anew.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = list(BankStatement.objects.filter(sha256=sha256).order_by("place"))
    if known:
        return HandedIn(known, is_new=False)
    if len(content) <= AT_ONCE_BYTES:
        return HandedIn(*stage_file(content, file_name=file_name, account=account, by=by))
    fresh: dict[str, Any] = {
        "file_name": plain_name(file_name),
        "content": content,
        "account": account,
        "state": BankFile.State.WAITING,
        "refusal": [],
        "try_count": 0,
        "made_by": by,
    }
    with transaction.atomic():
        row, is_new = BankFile.objects.get_or_create(sha256=sha256, defaults=fresh)
        if row.state != BankFile.State.WAITING:
            row, is_new = BankFile.objects.update_or_create(sha256=sha256, defaults=fresh)[0], True
        enqueue("billing.tasks.read_bank_file", row.pk)
    return HandedIn(is_new=is_new, file=row)


def read_bank_file(file_id: int) -> None:
    """Stages a file that waits, or keeps why it is refused; a second worker leaves it to the first."""
    if _claimed(file_id):
        _read(file_id)


def reading_of(file: BankFile) -> Reading:
    return Reading(*cache.get(_key(file.pk), ()))


def set_aside(file: BankFile) -> None:
    """Forgets a file that was refused. ValidationError `wrong_status` while it is being read."""
    if not BankFile.objects.filter(pk=file.pk, state=BankFile.State.REFUSED).delete()[0]:
        raise ValidationError(_("Only a file that was refused can be put aside."), code="wrong_status")


@transaction.atomic
def _claimed(file_id: int) -> bool:
    """Counts a try before it begins, so that one that kills its worker is counted too; never waits for a reader."""
    free = _free(file_id).values_list("pk", flat=True)
    return bool(free) and bool(BankFile.objects.filter(pk__in=list(free)).update(try_count=F("try_count") + 1))


def _free(file_id: int) -> QuerySet[BankFile]:
    waiting = BankFile.objects.waiting().filter(pk=file_id)
    return waiting.select_for_update(skip_locked=True, of=("self",))


@transaction.atomic
def _read(file_id: int) -> None:
    row = _free(file_id).select_related("made_by", "account").first()
    if row is None:
        return
    with translation.override(row.made_by.language):
        row.refusal = _staged(row)
    row.state = BankFile.State.REFUSED if row.refusal else BankFile.State.READ
    row.content = b""
    row.save(update_fields=["state", "refusal", "content"])


def _staged(row: BankFile) -> list[str]:
    """Why it is refused, or nothing."""
    if row.try_count > MOST_TRIES:
        return [_("The file could not be read in several tries: it may be too large.")]

    def tell(done: int, total: int) -> None:
        cache.set(_key(row.pk), (done, total), SHOWN_FOR)

    try:
        with transaction.atomic():
            stage_file(bytes(row.content), file_name=row.file_name, account=row.account, by=row.made_by, tell=tell)
    except ValidationError as refused:
        return [str(message) for message in refused.messages]
    return []


def _key(file_id: int) -> str:
    return f"bank-file-{file_id}"
