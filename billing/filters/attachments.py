"""What files can be narrowed to."""

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import CharFilter, ChoiceFilter

from billing.models import Attachment
from billing.models.attachments import AttachmentQuery
from clients.models import Client
from crm.api.filters import Ordering, PageFilter, RecordFilter, VisibleChoice


class FileListFilter(PageFilter):
    """On the card of a client; the same words narrow the files that stand elsewhere (billing.reports.files)."""

    search = CharFilter(method="by_text", label=_("Name"))
    kind = ChoiceFilter(choices=Attachment.Kind.choices, label=_("Kind"), empty_label=_("all kinds"))

    class Meta:
        model = Attachment
        fields = ()

    def by_text(self, rows: AttachmentQuery, _name: str, text: str) -> AttachmentQuery:
        return rows.filter(name__unaccent__icontains=text.strip()[:200])


class AttachmentFilter(RecordFilter):
    """`client` asks for all that is the client's, also on its offers, retainers and invoices."""

    client = VisibleChoice(queryset=Client.objects.all(), method="by_client")
    search = CharFilter(method="by_text")
    ordering = Ordering(fields={"uploaded_at": "uploaded_at", "name": "name", "keep_until_on": "keep_until_on"})

    class Meta:
        model = Attachment
        fields = {
            "offer": ["exact"],
            "retainer": ["exact"],
            "invoice": ["exact"],
            "kind": ["exact"],
            "keep_until_on": ["gte", "lte"],
        }

    def by_client(self, rows: AttachmentQuery, _name: str, client: Client) -> AttachmentQuery:
        return rows.for_client(client)

    def by_text(self, rows: AttachmentQuery, _name: str, text: str) -> AttachmentQuery:
        return rows.filter(name__unaccent__icontains=text.strip()[:200])
