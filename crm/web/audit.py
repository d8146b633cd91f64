"""The audit trail: the whole of it with filters and export, and the History of one object as a panel."""

import django_filters
from django.db import models
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm.exports import Column, Kind, Table, export_response
from crm.history import tables, tell, trail_of, visible_row
from crm.models import AuditEntry, User
from crm.trail import in_json
from crm.web.fragments import page
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires, signed_in

SHOWN = 50
TRAIL = Table(
    "audit",
    _("Audit trail"),
    [
        Column("id", _("Number"), Kind.INTEGER),
        Column("at", _("When"), Kind.MOMENT),
        Column("actor", _("Who"), source="actor__username"),
        Column("origin", _("From where")),
        Column("action", _("Action")),
        Column("table_name", _("Table")),
        Column("object_id", _("Object"), Kind.INTEGER),
        Column("old", _("Before"), source=in_json("old")),
        Column("new", _("After"), source=in_json("new")),
    ],
)
ACTIONS = (
    ("insert", _("created")),
    ("update", _("changed")),
    ("delete", _("deleted")),
    ("export", _("exported")),
    ("opening", _("opened")),
    ("erasure", _("erased")),
)


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Shared by the page, its export and the API."""

    search = django_filters.CharFilter(label=_("Number of a thing, or address"), method="numbered")
    actor = django_filters.ModelChoiceFilter(label=_("Who"), queryset=User.objects.all())
    action = django_filters.ChoiceFilter(label=_("Action"), choices=ACTIONS)
    table_name = django_filters.ChoiceFilter(label=_("Kind of thing"), choices=tables)
    object_id = django_filters.NumberFilter(label=_("Number"), min_value=0, max_value=2**63 - 1)
    at = django_filters.DateFromToRangeFilter(label=_("When"))

    class Meta:
        model = AuditEntry
        fields = ["actor", "action", "table_name", "object_id", "at"]

    def numbered(self, rows: models.QuerySet[AuditEntry], _name: str, text: str) -> models.QuerySet[AuditEntry]:
        is_number = text.isascii() and text.isdigit() and int(text) < 2**63
        return rows.filter(object_id=int(text)) if is_number else rows.filter(origin__icontains=text)


@require_safe
@requires("audit.see")
def audit(request: SignedIn) -> HttpResponse:
    chosen = AuditFilter(request.GET, trail_of(request.user).order_by("-at", "-id"), request=request)
    found = paginate(request, chosen.qs)
    context = {"filter": chosen, "page": found, "told": tell(found.rows, request.user)}
    return page(request, "crm/audit.html", context, fragment="rows")


@require_safe
@requires("audit.see")
def audit_export(request: SignedIn, form: str) -> HttpResponseBase:
    chosen = AuditFilter(request.GET, trail_of(request.user).order_by("-at", "-id"), request=request)
    return export_response(request, chosen.qs, TRAIL, form=form)


@require_safe
@signed_in
def history(request: SignedIn, table: str, pk: int) -> HttpResponse:
    """Who changed what on one object, newest first; whoever sees the object sees its history."""
    row = visible_row(table, pk, request.user)
    if row is None:
        raise Http404
    entries = list(AuditEntry.objects.of(row)[: SHOWN + 1])
    context = {"row": row, "told": tell(entries[:SHOWN], request.user), "more": len(entries) > SHOWN, "table": table}
    return render(request, "crm/history.html", context)
