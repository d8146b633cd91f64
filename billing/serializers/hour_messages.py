"""The word to the client about hours just drawn."""

from typing import ClassVar

from rest_framework import serializers

from billing.models import HourMessage
from clients.models import Contact
from crm.api.fields import VisibleRelation


class Told(serializers.Serializer[HourMessage]):
    contact = VisibleRelation(queryset=Contact.objects.all(), required=False, allow_null=True)


class ToldSerializer(serializers.ModelSerializer[HourMessage]):
    """It leaves at `send_at` and says `used_minutes` and `left_minutes` in `language`."""

    class Meta:
        model = HourMessage
        fields: ClassVar = ["entry", "contact", "recipient", "language", "used_minutes", "left_minutes", "send_at"]
