"""Words for what the database refused: the constraint's own message, found by its name."""

import re
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from crm.db.errors import error_named

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK, EXCLUSION, RAISED = "23502", "23503", "23505", "23514", "23P01", "P0001"


class Refusal(NamedTuple):
    message: "str | _StrPromise"
    code: str
    field: str | None = None


def refusal_of(exc: BaseException) -> Refusal | None:
    """What to say about an error of the database; None when it is not a refusal of the rows themselves."""
    cause = exc.__cause__
    state = getattr(cause, "pgcode", None)
    diagnosis = getattr(cause, "diag", None)
    known = error_named(getattr(diagnosis, "constraint_name", None) or "")
    if known is not None:
        return Refusal(str(known.message), known.code or "invalid")
    plain = {
        NOT_NULL: Refusal(_("This field is required."), "required", getattr(diagnosis, "column_name", None)),
        FOREIGN_KEY: Refusal(_("It refers to something that does not exist or is still in use."), "in_use"),
        UNIQUE: Refusal(_("This value is already in use."), "unique", _unique_field(diagnosis)),
        CHECK: Refusal(_("The values do not fit together."), "invalid"),
        EXCLUSION: Refusal(_("It overlaps with another record."), "overlap"),
        RAISED: Refusal(_("This record can no longer be changed."), "read_only"),
    }
    return plain.get(state or "")


def _unique_field(diagnosis: object) -> str | None:
    found = re.match(r"Key \((\w+)\)=", getattr(diagnosis, "message_detail", None) or "")
    return found[1] if found else None
