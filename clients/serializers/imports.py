"""Imported files through the API: the file inside its JSON body, its columns, its rows with what is wrong."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clients.imports.kinds import kinds, kinds_for
from clients.imports.reading import MOST_BYTES
from clients.models import ImportBatch, ImportRow
from crm.api.fields import Base64Field, LineField
from crm.api.serializers import RecordSerializer


class ImportSerializer(RecordSerializer[ImportBatch]):
    """`mapping` says by its place which of `headers` fills which field; nothing is written before `run/`."""

    headers = serializers.ListField(child=serializers.CharField(), read_only=True)
    mapping = serializers.DictField(child=serializers.IntegerField(min_value=0))
    good_count = serializers.IntegerField(read_only=True)
    bad_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = ImportBatch
        fields = [
            "id",
            "kind",
            "file_name",
            "encoding",
            "delimiter",
            "headers",
            "mapping",
            "state",
            "good_count",
            "bad_count",
            "made_by",
            "imported_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["kind", "file_name", "encoding", "delimiter", "state", "made_by", "imported_at"]

    def validate_mapping(self, mapping: dict[str, int]) -> dict[str, int]:
        batch = self.instance
        known = {field.name for field in kinds()[batch.kind].fields} if isinstance(batch, ImportBatch) else set(mapping)
        if unknown := sorted(set(mapping) - known):
            words = _("There is no field %(names)s.") % {"names": ", ".join(unknown)}
            raise serializers.ValidationError(words, code="invalid_choice")
        return mapping


class ImportFile(serializers.Serializer[Any]):
    """CSV or XLSX up to 20 MB and 5,000 rows, as base64; the first row names the columns."""

    kind = serializers.CharField(max_length=20)
    file_name = LineField(max_length=200)
    content = Base64Field(max_bytes=MOST_BYTES)

    def validate_kind(self, code: str) -> str:
        usable = kinds_for(self.context["request"].user)
        if code not in usable:
            words = _("Choose one of: %(names)s.") % {"names": ", ".join(usable)}
            raise serializers.ValidationError(words, code="invalid_choice")
        return code


class RunImport(serializers.Serializer[Any]):
    """`only_good` leaves out rows that cannot be imported; without it one such row stops all."""

    only_good = serializers.BooleanField(required=False, default=False)


class RowsAsked(serializers.Serializer[Any]):
    bad = serializers.BooleanField(required=False, allow_null=True, default=None)
    after = serializers.IntegerField(required=False, default=0, min_value=0, max_value=2**31 - 1)


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    """`number` is the line in the file; `made_id` what it became."""

    cells = serializers.ListField(child=serializers.CharField())
    problems = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))

    class Meta:
        model = ImportRow
        fields = ["number", "cells", "problems", "made_id"]


class ImportRows(serializers.Serializer[Any]):
    """At most 500 at once; `next` asks for those after this line."""

    next = serializers.IntegerField(allow_null=True)
    results = ImportRowSerializer(many=True)
