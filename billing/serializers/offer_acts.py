"""What acts on an offer ask for and answer, as the API speaks of them."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from billing.models import Handover, Invoice, Offer, OfferFit, OverrunNotice, TimeEntry
from billing.rules.receipts import MOST_BYTES, type_of
from billing.serializers.offers import MOST_MINUTES
from billing.services.offers import Paper
from clients.models import Contact
from crm.api.fields import Base64Field, ExactField, LineField, VisibleRelation
from crm.models import User


class Sending(serializers.Serializer[Any]):
    """To the address on file, unless one is named."""

    recipient = serializers.EmailField(required=False, default="", allow_blank=True)


class SignedPage(serializers.Serializer[Any]):
    """The paper on which the client decided: its file as base64, a PDF or a picture of up to 25 MB."""

    name = LineField(max_length=160)
    content = Base64Field(max_bytes=MOST_BYTES)

    def validate(self, attrs: Any) -> Any:
        found = type_of(attrs["content"])
        if found is None:
            raise serializers.ValidationError({"content": [_("Give a PDF or a picture.")]}, "file_type")
        return Paper(attrs["name"], found, attrs["content"])


class Acceptance(serializers.Serializer[Any]):
    """Who said yes, as told to the employee who writes it down, and the signed page where there is one."""

    by_name = LineField(max_length=160)
    file = SignedPage(required=False, allow_null=True, default=None)


class Refusal(Acceptance):
    """Who said no; the client as a whole where nobody is named."""

    by_name = LineField(max_length=160, required=False, default="", allow_blank=True)


class Revision(serializers.Serializer[Any]):
    """What changes; the validity begins anew unless a day is named."""

    estimated_minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, required=False)
    valid_until = serializers.DateField(required=False)
    text = serializers.CharField(max_length=20_000, required=False, default="", allow_blank=True)


class OfferClosing(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(Offer.CloseReason.choices)


class OfferInvoicing(serializers.Serializer[Any]):
    """`rest` is all that stands on no invoice, advances set off; an `advance` names its amount."""

    kind = serializers.ChoiceField(["rest", "advance"], default="rest")
    amount = ExactField(14, 2, required=False, min_value=Decimal("0.01"))

    def validate(self, attrs: Any) -> Any:
        if attrs["kind"] == "advance" and "amount" not in attrs:
            raise serializers.ValidationError({"amount": [_("Say how much.")]}, "required")
        return attrs


class OfferInvoiced(serializers.ModelSerializer[Invoice]):
    """The draft that was made; a consultant who may not see invoices learns no more of it."""

    class Meta:
        model = Invoice
        fields = ["id", "status", "currency", "net_amount", "vat_amount", "gross_amount"]
        read_only_fields = fields


class OfferLink(serializers.Serializer[Any]):
    """The address on which the client signs; it is told once, for only its hash is kept."""

    url = serializers.URLField()


class LinksEnded(serializers.Serializer[Any]):
    ended = serializers.IntegerField()


class OverrunNoticeSerializer(serializers.ModelSerializer[OverrunNotice]):
    """The client was told; `used_minutes` are those logged by then unless they are named."""

    person = LineField(max_length=160)
    contact = VisibleRelation(queryset=Contact.objects.all(), required=False, allow_null=True)
    used_minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, required=False, allow_null=True)
    channel = serializers.ChoiceField(OverrunNotice.Channel.choices, default=OverrunNotice.Channel.PHONE)

    class Meta:
        model = OverrunNotice
        fields = [
            "id",
            "offer",
            "informed_at",
            "used_minutes",
            "channel",
            "person",
            "contact",
            "decision",
            "note",
            "made_by",
            "made_at",
        ]
        read_only_fields = ["offer", "made_by", "made_at"]


class ForecastRequest(serializers.Serializer[Any]):
    """The hours that are left, or the share that is done."""

    remaining_minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, required=False)
    done_percent = serializers.DecimalField(5, 2, min_value=0, max_value=100, required=False)


class OverrideRequest(serializers.Serializer[Any]):
    """The entry whose unannounced minutes shall bill, and why."""

    entry = VisibleRelation(queryset=TimeEntry.objects.all())
    reason = serializers.CharField(max_length=300)


class OverrunSerializer(serializers.Serializer[Any]):
    """How far the work is; `limit_minutes` is null while no estimate is signed, `due` names who is to be told."""

    signed_minutes = serializers.IntegerField()
    limit_minutes = serializers.IntegerField(allow_null=True)
    used_minutes = serializers.IntegerField()
    forecast_minutes = serializers.IntegerField()
    unannounced_minutes = serializers.IntegerField()
    due = serializers.ListField(child=serializers.CharField())
    legal_basis = serializers.CharField()
    notices = OverrunNoticeSerializer(many=True)


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    """What the client finishes himself; a small offer (`level` outline) needs only `done`.

    `acknowledged_by` and `acknowledged_at` are null while the client has not acknowledged it.
    """

    done = serializers.CharField(max_length=5000)
    explained_by = VisibleRelation(queryset=User.objects.working(), required=False)
    explained_on = serializers.DateField(required=False)
    acknowledged_by = serializers.CharField(source="signature.by_name", read_only=True, default=None)
    acknowledged_at = serializers.DateTimeField(source="signature.at", read_only=True, default=None)

    class Meta:
        model = Handover
        fields = [
            "id",
            "offer",
            "level",
            "done",
            "not_done",
            "client_will_finish",
            "explained_by",
            "explained_on",
            "explained_to",
            "recipient",
            "used_minutes",
            "released_minutes",
            "acknowledged_by",
            "acknowledged_at",
            "created_at",
        ]
        read_only_fields = ["offer", "level", "used_minutes", "released_minutes", "created_at"]


class FitCheckSerializer(serializers.ModelSerializer[OfferFit]):
    """A consultant's word: what the client needs, and whether what was sold meets it."""

    class Meta:
        model = OfferFit
        fields = ["id", "offer", "needs", "fits", "finding", "made_by", "made_at"]
        read_only_fields = ["offer", "made_by", "made_at"]
