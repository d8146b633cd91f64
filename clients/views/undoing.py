"""Undo of a row that was just written or changed: a signed token carries what stood there before."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients.models import Advocacy, CompetitorSeen, Need, ProactiveAct, ScopeRequest
from clients.views.acting import act_once, own
from crm.web.rights import SignedIn, signed_in

SALT = "clients.row_undo"
UNDO_SECONDS = 600
UNDONE: tuple[type[models.Model], ...] = (ProactiveAct, Advocacy, Need, ScopeRequest, CompetitorSeen)

type Before = dict[str, str | None] | None


def before(row: models.Model) -> Before:
    """What an edit may change of the row, as plain values; None for a row that is not saved yet."""
    if row.pk is None:
        return None
    fields = [field for field in row._meta.concrete_fields if field.editable and not field.primary_key]
    return {
        field.attname: None if getattr(row, field.attname) is None else field.value_to_string(row) for field in fields
    }


def undo_of[M: models.Model](request: SignedIn, stood: Before) -> Callable[[M], str]:
    """The address that takes the act back, once the row has been saved."""

    def address(row: M) -> str:
        row.refresh_from_db(fields=["updated_at"])
        said = [row._meta.model_name, row.pk, request.user.pk, _left(row), stood]
        return reverse("clients:row_undo", args=[signing.dumps(said, salt=SALT, compress=True)])

    return address


@require_POST
@signed_in
def row_undo(request: SignedIn, token: str) -> HttpResponse:
    """Only the person who acted, within ten minutes: a new row goes, a changed one is as it was.

    `already_done` once somebody has changed the row again.
    """
    try:
        name, pk, person, left, stood = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as refused:
        raise Http404 from refused
    model = apps.get_model("clients", name)
    if person != request.user.pk or model not in UNDONE:
        raise Http404
    rows: Any = model._default_manager.all()
    row = own(rows, request.user, pk)
    return act_once(request, lambda: _restore(row, left, stood), _("Undone."))


def _left(row: Any) -> str:
    """When the act left the row, by which a later change is told."""
    return str(row.updated_at.isoformat())


@transaction.atomic
def _restore(found: models.Model, left: str, stood: Before) -> None:
    rows: Any = type(found)._default_manager
    row = rows.locked().filter(pk=found.pk).first()
    if row is None or _left(row) != left:
        raise ValidationError(_("Somebody has changed this since."), code="already_done")
    if stood is None:
        row.delete()
        return
    for field in row._meta.concrete_fields:
        if field.attname in stood:
            kept = stood[field.attname]
            setattr(row, field.attname, None if kept is None else field.to_python(kept))
    row.full_clean()
    row.save()
