"""Reminders as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import DunningItem, DunningNotice, DunningStop, Invoice
from crm.api.fields import VisibleRelation
from crm.api.serializers import RecordSerializer


class ReminderItemSerializer(RecordSerializer[DunningItem]):
    class Meta:
        model = DunningItem
        fields = ["invoice", "level", "due_on", "amount"]
        read_only_fields = fields


class ReminderSerializer(RecordSerializer[DunningNotice]):
    """A letter as it was sent; `items` are the invoices that it names."""

    items = ReminderItemSerializer(many=True, read_only=True)

    class Meta:
        model = DunningNotice
        fields = [
            "id",
            "client",
            "seller",
            "currency",
            "level",
            "language",
            "dated_on",
            "pay_until_on",
            "subject",
            "body",
            "total_amount",
            "items",
            "recipient",
            "mailed_at",
            "mail_error",
            "made_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class SendRequest(serializers.Serializer[Any]):
    """The invoices to remind of; they are gathered into one letter for each client, own company and currency."""

    invoices = VisibleRelation(queryset=Invoice.objects.all(), many=True, allow_empty=False)


class StopRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class StopSerializer(RecordSerializer[DunningStop]):
    """Why nobody is reminded of the invoice; `lifted_on` is null while it stands."""

    class Meta:
        model = DunningStop
        fields = [
            "id",
            "invoice",
            "reason",
            "since_on",
            "made_by",
            "lifted_on",
            "lifted_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields
