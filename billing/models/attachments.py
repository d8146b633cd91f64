"""Files that belong to a client, an offer, a retainer or an invoice: whoever sees the thing sees its files.

A row hangs on exactly one thing. It is kept as it came, and until its day nobody deletes it.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.invoices import Invoice
from billing.models.offers import Offer
from billing.models.prices import price_shown
from billing.models.retainers import Retainer
from billing.rules.attachments import FileKind
from billing.rules.receipts import MOST_BYTES
from clients.models import Client
from crm.access import may
from crm.db import Query, Record
from crm.db.triggers import audit_trail, frozen_when

if TYPE_CHECKING:
    from crm.models import User

type Holder = Client | Offer | Retainer | Invoice

HOLDERS: Mapping[str, type[Holder]] = {"client": Client, "offer": Offer, "retainer": Retainer, "invoice": Invoice}
"""What files hang on, by the name of the column."""
GRACE = timedelta(minutes=10)
"""How long an upload may be taken back, whatever the file is."""

AS_IT_CAME = (*HOLDERS, "content_type", "size", "sha256", "content", "uploaded_by", "uploaded_at")
"""What never changes of a file; its title, kind and day may."""
SHORTENED = pgtrigger.Condition(
    "coalesce(NEW.keep_until_on, '-infinity') < OLD.keep_until_on"
    f" AND OLD.uploaded_at < now() - interval '{int(GRACE.total_seconds())} seconds'"
)

# A draft of an invoice is no document yet: its files go with it.
KEPT = """
IF OLD.keep_until_on >= current_date AND OLD.uploaded_at < now() - interval '{seconds} seconds'
   AND NOT EXISTS (SELECT FROM billing_invoice WHERE id = OLD.invoice_id AND status = 'draft') THEN
    RAISE EXCEPTION 'The file is kept until its day.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attachment_kept_until_its_day';
END IF;
RETURN OLD;
"""


def seen_holders(user: "User") -> dict[str, models.QuerySet[Any]]:
    """Things whose files the person sees: agreements only with their prices, which a contract names."""
    all_: dict[str, models.QuerySet[Any]] = {
        "client": Client.objects.open_to(user).with_merged(),
        "offer": Offer.objects.visible_to(user).filter(price_shown(user)),
        "retainer": Retainer.objects.visible_to(user).filter(price_shown(user)),
        "invoice": Invoice.objects.visible_to(user),
    }
    return {name: rows if may(user, f"{name}.see") else rows.none() for name, rows in all_.items()}


def changeable_holders(user: "User") -> dict[str, models.QuerySet[Any]]:
    """Things to which the person may add files, and of which they may delete them: those that they may change."""
    all_: dict[str, models.QuerySet[Any]] = {
        "client": Client.objects.changeable_by(user),
        "offer": Offer.objects.changeable_by(user),
        "retainer": Retainer.objects.changeable_by(user),
        "invoice": Invoice.objects.visible_to(user),
    }
    return {name: rows if may(user, f"{name}.change") else rows.none() for name, rows in all_.items()}


def _of(holders: Mapping[str, models.QuerySet[Any]]) -> Q:
    return Q(*((f"{name}__in", rows.order_by().values("pk")) for name, rows in holders.items()), _connector=Q.OR)


class AttachmentQuery(Query["Attachment"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(_of(seen_holders(user)))

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user).filter(_of(changeable_holders(user)))

    def light(self) -> Self:
        """Without the bytes, which no list needs."""
        return self.defer("content").select_related(
            "uploaded_by", "client", "offer__client", "retainer__client", "invoice__client"
        )

    def for_client(self, client: Client) -> Self:
        """Of the client itself, of those merged into it, and of their offers, retainers and invoices."""
        family = client.family
        return self.filter(
            Q(client__in=family)
            | Q(offer__client__in=family)
            | Q(retainer__client__in=family)
            | Q(invoice__client__in=family)
        )


class Attachment(Record):
    class Kind(models.TextChoices):
        CONTRACT = FileKind.CONTRACT.value, pgettext_lazy("file", "contract")
        ACT = FileKind.ACT.value, pgettext_lazy("file", "act")
        RECEIPT = FileKind.RECEIPT.value, pgettext_lazy("file", "receipt")
        SIGNATURE = FileKind.SIGNATURE.value, pgettext_lazy("file", "signature")
        OTHER = FileKind.OTHER.value, pgettext_lazy("file", "other")

    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("client")
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("offer")
    )
    retainer = models.ForeignKey(
        Retainer, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("retainer")
    )
    invoice = models.ForeignKey(
        Invoice, models.CASCADE, null=True, blank=True, related_name="attachments", verbose_name=_("invoice")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    content = models.BinaryField(editable=False)
    keep_until_on = models.DateField(_("kept until"), null=True, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    uploaded_at = models.DateTimeField(editable=False)

    objects = AttachmentQuery.as_manager()
    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "attachment_kept_until_its_day": ValidationError(_("It is kept until its day."), code="kept_until"),
    }

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *(
                        Q(**{f"{each}__isnull": each != name for each in ("client", "offer", "retainer", "invoice")})
                        for name in ("client", "offer", "retainer", "invoice")
                    ),
                    _connector=Q.OR,
                ),
                name="attachment_of_one_thing",
                violation_error_message=_("A file belongs to one client, offer, retainer or invoice."),
                violation_error_code="one_thing",
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=MOST_BYTES),
                name="attachment_size",
                violation_error_message=_("A file has up to 25 MB."),
                violation_error_code="file_size",
            ),
            models.CheckConstraint(
                condition=Q(kind=FileKind.OTHER.value) | Q(keep_until_on__isnull=False),
                name="attachment_of_law_is_kept",
                violation_error_message=_("Say until when it is kept."),
                violation_error_code="required",
            ),
            models.UniqueConstraint(
                fields=["client", "offer", "retainer", "invoice", "sha256"],
                nulls_distinct=False,
                name="attachment_once",
                violation_error_message=_("This file is here already."),
                violation_error_code="unique",
            ),
        ]
        triggers = [
            audit_trail("content"),
            frozen_when(pgtrigger.AnyChange(*AS_IT_CAME), operations=[pgtrigger.Update], name="kept_as_it_came"),
            frozen_when(SHORTENED, operations=[pgtrigger.Update], name="kept_no_shorter"),
            pgtrigger.Trigger(
                name="kept_until_its_day",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=KEPT.format(seconds=int(GRACE.total_seconds())),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def holder_name(self) -> str:
        """The column that is set."""
        return next(name for name in HOLDERS if getattr(self, f"{name}_id"))

    @property
    def holder(self) -> Holder:
        found: Holder = getattr(self, self.holder_name)
        return found

    def is_kept(self, *, on: date) -> bool:
        return self.keep_until_on is not None and self.keep_until_on >= on
