"""Files of clients and agreements as the API speaks of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from billing.models import Attachment
from billing.models.attachments import HOLDERS
from billing.rules.receipts import MOST_BYTES
from crm.api.fields import Base64Field
from crm.api.serializers import RecordSerializer


class AttachmentSerializer(RecordSerializer[Attachment]):
    """`content` is the file as base64: PDF, picture, DOCX, XLSX, ODT or ODS of up to 25 MB.

    It belongs to exactly one of `client`, `offer`, `retainer` and `invoice`, and is kept at least as long as the law
    wants its kind, longer when `keep_until_on` says so.
    """

    content = Base64Field(max_bytes=MOST_BYTES, write_only=True)

    class Meta:
        model = Attachment
        read_only_fields = [
            "id",
            "content_type",
            "size",
            "sha256",
            "uploaded_by",
            "uploaded_at",
            "created_at",
            "updated_at",
        ]
        fields = [*HOLDERS, "kind", "name", "content", "keep_until_on", *read_only_fields]

    def validate(self, attrs: Any) -> Any:
        """The service settles what follows and asks the database then; what it hangs on is said once."""
        if isinstance(self.instance, Attachment):
            said = [name for name in (*HOLDERS, "content") if name in attrs]
            if said:
                words = _("This is said once and not changed afterwards.")
                raise serializers.ValidationError({name: [words] for name in said}, "made_once")
            return attrs
        if sum(attrs.get(name) is not None for name in HOLDERS) != 1:
            words = _("A file belongs to one client, offer, retainer or invoice.")
            raise serializers.ValidationError({"client": [words]}, "one_thing")
        return attrs
