"""Floors: the least that Django, DRF and PostgreSQL can do for the same answer, without rights, audit or rules."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.models import Coverage, HourAccount, LedgerRow, TimeEntry
from clients.models import Client, KeyClientDesignation
from crm.models import User


@login_not_required
def bare(_request: HttpRequest) -> HttpResponse:
    """One query, no template."""
    return HttpResponse(str(Client.objects.count()))


@login_not_required
def session(request: HttpRequest) -> HttpResponse:
    """Reads session and user, then one query."""
    return HttpResponse(f"{request.user} {Client.objects.count()}")


@login_not_required
def table(request: HttpRequest) -> HttpResponse:
    """Fifty clients in the twelve columns of the list, in the product's base template; plain values, no rights."""
    held = Prefetch("designations", KeyClientDesignation.objects.filter(until_on=None), to_attr="held")
    rows = Client.objects.filter(status="active").select_related("figures", "account_manager").prefetch_related(held)
    return render(request, "bench_table.html", {"rows": rows.order_by("-figures__simple_value", "id")[:50]})


class FloorSerializer(serializers.ModelSerializer[Client]):
    class Meta:
        model = Client
        fields = [
            "id",
            "name",
            "legal_name",
            "status",
            "tier",
            "city",
            "country",
            "currency",
            "created_at",
            "updated_at",
        ]


class FloorClients(viewsets.ReadOnlyModelViewSet[Client]):
    queryset = Client.objects.order_by("id")
    serializer_class = FloorSerializer
    authentication_classes = ()
    permission_classes = ()
    filter_backends = ()


class EntrySerializer(serializers.Serializer[Any]):
    employee = serializers.IntegerField()
    account = serializers.IntegerField()
    minutes = serializers.IntegerField(min_value=1)


@method_decorator(login_not_required, name="dispatch")
class FloorEntries(APIView):
    """Lock the account, insert the entry, its coverage and its ledger row; neither signs in nor audits."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        body = EntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"id": write(**body.validated_data)}, status=201)


@transaction.atomic
def write(*, employee: int, account: int, minutes: int) -> int:
    row = HourAccount.objects.select_for_update(of=("self",)).select_related("package").get(pk=account)
    entry = TimeEntry.objects.create(
        employee=User(pk=employee),
        client_id=row.client_id,
        seller_id=row.package.seller_id,
        worked_on=timezone.localdate(),
        minutes=minutes,
        billed_minutes=minutes,
        status="approved",
        approved_at=timezone.now(),
    )
    draw = LedgerRow.objects.create(
        account=row,
        kind="draw",
        minutes=-minutes,
        covered_minutes=minutes,
        occurred_on=entry.worked_on,
        entry=entry,
        made_at=timezone.now(),
    )
    Coverage.objects.create(
        entry=entry, position=0, source="package", account=row, minutes=minutes, drawn_minutes=minutes, ledger_row=draw
    )
    return entry.pk
