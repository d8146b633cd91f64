"""Files of clients, offers, retainers and invoices through the API: added, titled anew, kept longer and deleted."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.filters.attachments import AttachmentFilter
from billing.models import Attachment
from billing.models.attachments import HOLDERS
from billing.rules.receipts import MOST_BYTES
from billing.serializers.attachments import AttachmentSerializer
from billing.services.attachments import attach_files, change_attachment, check_upload, delete_attachment
from billing.services.expenses import Upload
from crm.api.filters import Narrowing


class Attachments(ActingViewSet[Attachment]):
    """Contracts, acts, receipts, signatures. 400 `file_type`, `file_size`, `keep_longer`; 409 `kept_until`.

    `name`, `kind` and `keep_until_on` are patched; the file itself and what it hangs on stay.
    """

    queryset = Attachment.objects.light()
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilter
    filter_backends = [Narrowing]  # the filter knows search and ordering itself
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    right = "attachment"
    rights = {"content": "attachment.see"}
    file_bytes = {"create": MOST_BYTES}

    def make(self, fields: dict[str, Any]) -> Attachment:
        upload = Upload(fields["name"], fields["content"])
        try:
            check_upload(upload)
        except ValidationError as refused:
            raise ValidationError({"content": refused}) from refused
        to = next(fields[name] for name in HOLDERS if fields.get(name))
        until_on = fields.get("keep_until_on")
        [row] = attach_files(to, [upload], kind=fields["kind"], by=self.user, at=self.now, keep_until_on=until_on)
        return row

    def alter(self, row: Attachment, fields: dict[str, Any]) -> None:
        stands = {name: getattr(row, name) for name in ("name", "kind", "keep_until_on")}
        change_attachment(row, **{**stands, **fields}, by=self.user, at=self.now)

    def perform_destroy(self, instance: Attachment) -> None:
        delete_attachment(instance, by=self.user, at=self.now)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def content(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The file as it came."""
        return attached_file(self.get_object())


def attached_file(row: Attachment) -> HttpResponse:
    """To be saved, and never run by a browser."""
    disposition = content_disposition_header(as_attachment=True, filename=row.name) or "attachment"
    return HttpResponse(
        bytes(row.content),
        content_type=row.content_type,
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )
