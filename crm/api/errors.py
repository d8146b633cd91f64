"""One handler turns every refusal into the contract's shape; a bad request never becomes a 500.

`ValidationError` with a code in CONFLICT_CODES is right by itself but refused by the state: 409. Any other is 400.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InternalError
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings

from crm.db.refusals import Refusal, refusal_of

CONFLICT_CODES = frozenset(
    {
        "already_done",
        "already_running",
        "balance_limit",
        "dunning_not_due",
        "e_invoice_refused",
        "idempotency_mismatch",
        "idempotency_running",
        "in_use",
        "kept_until",
        "last_partner",
        "needs_decision",
        "next_need",
        "not_checked",
        "not_ready",
        "nothing_received",
        "nothing_rendered",
        "nothing_to_export",
        "nothing_to_invoice",
        "nothing_to_set_off",
        "number_order",
        "period_locked",
        "rate_currency",
        "rate_missing",
        "read_only",
        "wrong_seller",
        "wrong_status",
    }
)


class Conflict(APIException):
    """Right by itself, but the state forbids it; `code` says which state."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("The present state does not allow this.")
    default_code = "conflict"


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _("Somebody else changed this in the meantime. Load it again.")
    default_code = "precondition_failed"


class RowsRefusedError(ValidationError):
    """Some of many rows are wrong; `attr` begins with the row's number, counted from zero."""


def rows_refused(refused: Mapping[int, DjangoValidationError], *, count: int) -> APIException:
    """409 when all that stands against these rows is the state of things, else 400."""
    rows = [detail_of(refused[number]) if number in refused else {} for number in range(count)]
    codes = {str(each.code) for each in _leaves(rows)}
    return Conflict(rows, min(codes)) if codes <= CONFLICT_CODES else RowsRefusedError(rows)


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is larger than allowed.")
    default_code = "too_large"


def handle(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    """REST_FRAMEWORK's EXCEPTION_HANDLER."""
    return Handler(exc, context).run()


class Handler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Refusals of Django, the database and the parser as the API words them."""
        for kinds, convert in CONVERSIONS:
            if isinstance(exc, kinds):
                return convert(exc)
        return super().convert_known_exceptions(exc)


def _validation(exc: Exception) -> APIException:
    if isinstance(exc, RowsRefusedError):
        return exc
    detail = detail_of(exc) if isinstance(exc, DjangoValidationError) else cast("ValidationError", exc).detail
    conflict = next((each for each in _leaves(detail) if each.code in CONFLICT_CODES), None)
    if conflict is not None:
        return Conflict(conflict, conflict.code)
    return ValidationError(detail)


def detail_of(exc: DjangoValidationError) -> dict[str, list[ErrorDetail]]:
    """Django's messages with their codes, by field."""
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.error_list}
    return {
        api_settings.NON_FIELD_ERRORS_KEY if field == NON_FIELD_ERRORS else field: [_worded(e) for e in errors]
        for field, errors in by_field.items()
    }


def _worded(error: DjangoValidationError) -> ErrorDetail:
    return ErrorDetail(str(error.messages[0]), code=error.code or "invalid")


def _leaves(detail: Any) -> Iterator[ErrorDetail]:
    if isinstance(detail, ErrorDetail):
        yield detail
        return
    inner: Iterable[Any] = detail.values() if isinstance(detail, dict) else detail
    for each in inner:
        yield from _leaves(each)


def _database(exc: Exception) -> APIException:
    """A constraint that only the database could see, for example in a race of two requests."""
    refusal = refusal_of(exc)
    if refusal is None:
        return cast("APIException", exc)  # not a refusal: let it be reported as the server's fault
    return _refused(refusal)


def _refused(refusal: Refusal) -> APIException:
    worded = ErrorDetail(str(refusal.message), code=refusal.code)
    if refusal.code in CONFLICT_CODES:
        return Conflict(worded, refusal.code)
    return ValidationError({refusal.field or api_settings.NON_FIELD_ERRORS_KEY: [worded]})


def _in_use(_exc: Exception) -> APIException:
    return Conflict(_("Other records still refer to this one."), "in_use")


def _too_large(_exc: Exception) -> APIException:
    return TooLarge()


def _malformed(_exc: Exception) -> APIException:
    return ParseError(_("The request cannot be read: it holds text or numbers that are not allowed."))


def _number_or_text(exc: Exception) -> APIException:
    """Psycopg says ValueError for NUL bytes only in words; other value errors are our own mistakes."""
    return _malformed(exc) if "NUL" in str(exc) else cast("APIException", exc)


CONVERSIONS = (
    ((DjangoValidationError, ValidationError), _validation),
    ((ProtectedError, RestrictedError), _in_use),
    ((IntegrityError, InternalError), _database),
    (RequestDataTooBig, _too_large),
    ((DataError, UnicodeError, OverflowError, RecursionError, SuspiciousOperation), _malformed),
    (ValueError, _number_or_text),
)
