"""The firm itself as files: tiers, services, own companies, absences of its people, one's own news."""

from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Seller, ServiceLine
from clients.models.firm import Tier
from crm.exports import Column, Kind, Table

TIERS = Table(
    "tiers",
    _("Tiers"),
    [
        Column("tier", _("Tier"), Kind.CHOICE, choices=dict(Tier.choices)),
        Column("attention_days", _("Contact every so many days"), Kind.INTEGER),
        Column("first_response_hours", _("First response in business hours"), Kind.INTEGER),
        Column("discount_ceiling_percent", _("Discount up to, %"), Kind.DECIMAL),
        Column("goodwill_minutes", _("Goodwill a year"), Kind.HOURS),
        Column("direct_channels", _("Direct channels"), Kind.BOOLEAN),
        Column("call_back_minutes", _("Call back in minutes"), Kind.INTEGER),
    ],
)
SERVICE_LINES = Table(
    "service-lines",
    _("Service lines"),
    [
        Column("code", _("Code")),
        Column("name", _("Name")),
        Column("name_ru", _("Russian")),
        Column("name_de", _("German")),
        Column("spread_policy", _("Prices"), Kind.CHOICE, choices=dict(ServiceLine.SpreadPolicy.choices)),
        Column("is_active", _("In use"), Kind.BOOLEAN),
    ],
)
SELLERS = Table(
    "own-companies",
    _("Own companies"),
    [
        Column("code", _("Code")),
        Column("name", _("Name")),
        Column("street", _("Street")),
        Column("postcode", _("Postcode")),
        Column("city", _("City")),
        Column("country", _("Country")),
        Column("currency", _("Currency")),
        Column("vat_regime", _("VAT"), Kind.CHOICE, choices=dict(Seller.VatRegime.choices)),
        Column("vat_id", _("VAT ID")),
        Column("tax_number", _("Tax number")),
        Column("is_active", _("In use"), Kind.BOOLEAN),
    ],
)
ABSENCES = Table(
    "absences",
    _("Absences"),
    [
        Column("user", _("Person"), source="user__username"),
        Column("from_on", _("From"), Kind.DATE),
        Column("to_on", _("Until"), Kind.DATE),
        Column("deputy", _("Deputy"), source="deputy__username"),
        Column("reason", _("Reason"), Kind.CHOICE, source="shown_reason", choices=dict(Absence.Reason.choices)),
    ],
)
NOTICES = Table(
    "news",
    _("News"),
    [
        Column("happened_at", _("When"), Kind.MOMENT),
        Column("title", _("What happened")),
        Column("detail", _("More")),
        Column("client", _("Client"), source="client__name"),
        Column("read_at", _("Read at"), Kind.MOMENT),
    ],
)
