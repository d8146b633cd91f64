"""Exports as the API speaks of them: a request that gives the same batch again, and the batch with its file."""

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from billing.exports.batches import Asked
from billing.filters.exports import format_choices
from billing.models import ExportBatch, Invoice
from billing.reports.exports import proposed_locks
from billing.reports.finance import closed_documents
from clients.models import Client, Seller
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer


class ProposedLockSerializer(serializers.Serializer[Any]):
    """A period that the batch has finished: send it to `period-locks/` with the kind `documents`."""

    seller = serializers.IntegerField()
    locked_until_on = serializers.DateField()


class BatchSerializer(RecordSerializer[ExportBatch]):
    """Never changed; `file` answers the same bytes for ever, whose hash is `sha256`."""

    document_count = serializers.IntegerField(source="file.document_count")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")
    file = serializers.SerializerMethodField()
    proposed_locks = serializers.SerializerMethodField()
    updated_at = MomentField(source="created_at")

    class Meta:
        model = ExportBatch
        fields = [
            "id",
            "format",
            "seller",
            "client",
            "currency",
            "kind",
            "language",
            "is_repeat",
            "reason",
            "document_count",
            "size",
            "sha256",
            "file",
            "proposed_locks",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """`from` and `to` are words of Python's own."""
        days = {"from": serializers.DateField(source="from_on"), "to": serializers.DateField(source="to_on")}
        for field in days.values():
            field.read_only = True
        return super().get_fields() | days

    @extend_schema_field(OpenApiTypes.URI)
    def get_file(self, batch: ExportBatch) -> str:
        return str(reverse("export-batches-file", args=[batch.pk], request=self.context.get("request")))

    @extend_schema_field(ProposedLockSerializer(many=True))
    def get_proposed_locks(self, batch: ExportBatch) -> Any:
        """The companies and their locks are asked for once for a whole list."""
        closed = self.context.get("closed") or closed_documents()
        cast("dict[str, Any]", self.context)["closed"] = closed
        found = proposed_locks(batch, closed, on=timezone.localdate())
        return [{"seller": seller.pk, "locked_until_on": batch.to_on.isoformat()} for seller in found]


class ExportRequest(serializers.Serializer[Any]):
    """`from` and `to` are days of issue, both inclusive; a `reason` repeats what has left already."""

    format = serializers.ChoiceField(format_choices())
    seller = VisibleRelation(queryset=Seller.objects.all(), required=False, allow_null=True, default=None)
    client = VisibleRelation(queryset=Client.objects.all(), required=False, allow_null=True, default=None)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(Invoice.Kind.choices, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField(settings.LANGUAGES, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {name: serializers.DateField() for name in ("from", "to")}

    def asked(self) -> Asked:
        body = dict(self.validated_data)
        return Asked(first=body.pop("from"), last=body.pop("to"), **body)
