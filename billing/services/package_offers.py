"""More hours of a package as an offer: the client reads and accepts it on a link, then the hours are there."""

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Offer
from billing.rules.document_words import words_in
from billing.rules.vat import MandatoryText
from billing.services.offers import ItemDraft, draft_offer, send_offer
from billing.services.packages import check_usable
from clients.models import Contact
from crm.models import User
from crm.web.formats import write_hours


@transaction.atomic
def offer_top_up(
    package: HourPackage,
    *,
    minutes: int,
    price: Decimal,
    valid_until: date,
    contact: Contact | None = None,
    by: User,
    at: datetime,
) -> Offer:
    """Drafts the offer in the package's own price basis and sends it to the contact, else to the billing address.

    ValidationError: `wrong_status` for a package that takes no hours, `too_late` where the package ends before the
    offer, `price_missing` for hours of a granted package that cost nothing, and those of `send_offer`.
    """
    check_usable(package, on=timezone.localdate(at))
    if contact and not package.client.has(contact):
        foreign = ValidationError(_("This belongs to another client."), code="contact_foreign")
        raise ValidationError({"contact": foreign})
    if package.expires_on and valid_until > package.expires_on:
        error = ValidationError(_("The package ends before the offer: extend it first."), code="too_late")
        raise ValidationError({"valid_until": error})
    if price <= 0:
        error = ValidationError(_("What costs nothing is granted, not offered."), code="price_missing")
        raise ValidationError({"price": error})
    draft = draft_offer(_draft(package, minutes, price, valid_until, contact, by), items=[_item(package, minutes)])
    return send_offer(draft, at=at)


def _draft(
    package: HourPackage, minutes: int, price: Decimal, valid_until: date, contact: Contact | None, by: User
) -> Offer:
    return Offer(
        client=package.client,
        contact=contact,
        seller=package.seller,
        author=by,
        hour_package=package,
        title=_item(package, minutes).description[:200],
        text=_terms(package),
        basis=Offer.Basis.FIXED,
        currency=package.currency,
        fixed_price=price,
        price_includes_tax=package.price_includes_tax,
        valid_until=valid_until,
    )


def _item(package: HourPackage, minutes: int) -> ItemDraft:
    language = package.client.language
    with translation.override(language):
        hours = write_hours(minutes)
    return ItemDraft(words_in(language)["top_up"].format(hours=hours, name=package.name), minutes)


def _terms(package: HourPackage) -> str:
    language = package.client.language
    words = words_in(language)
    said = [words["top_up_terms"]]
    if package.expires_on is not None:
        said.append(words["hours_until"].format(day=format_date(package.expires_on, "long", locale=language)))
    if package.multi_purpose:
        said.append(words[MandatoryText.MULTI_PURPOSE])
    return " ".join(said)
