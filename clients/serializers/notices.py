"""Notices as the API shows them."""

from typing import Any

from rest_framework import serializers

from clients.models import Notice
from crm.api.serializers import RecordSerializer


class NoticeSerializer(RecordSerializer[Notice]):
    class Meta:
        model = Notice
        fields = [
            "id",
            "kind",
            "source",
            "client",
            "title",
            "detail",
            "url",
            "happened_at",
            "read_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class MarkedSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField()
