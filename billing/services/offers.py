"""Offers through their life: drafted, revised, sent, decided, expired, closed; all versions are locked together.

A sent version is frozen with its document and hash. Sending a revision supersedes the version before it; if the
revision is declined or expires, the version that was accepted before holds again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, HourPackage, Offer, OfferItem, OfferSignature, Series, SignatureFile
from billing.rules.document_words import words_in
from billing.services.engagements import open_engagement
from billing.services.first_orders import note_order
from billing.services.frozen import sha256_of
from billing.services.inquiry_sales import refresh_offer_sales
from billing.services.low_prices import check_price, judge_price
from billing.services.notices import bill_announced, lock_unannounced, tell_overruns
from billing.services.offer_documents import canonical_offer
from billing.services.offer_links import links_of
from billing.services.packages import top_up
from billing.services.series import series_of, take_number
from clients.services.needs import ask_to_mention
from clients.services.tasks import TaskDraft, open_task
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DRAFT, SENT, ACCEPTED = Offer.Status.DRAFT, Offer.Status.SENT, Offer.Status.ACCEPTED
DECLINED, EXPIRED, SUPERSEDED = Offer.Status.DECLINED, Offer.Status.EXPIRED, Offer.Status.SUPERSEDED
_ADDED = _("{client} accepted {number}: the hours are added, send the invoice")
COPIED = (
    "client",
    "contact",
    "seller",
    "service_line",
    "lead",
    "hour_package",
    "number",
    "title",
    "text",
    "basis",
    "currency",
    "hourly_rate",
    "fixed_price",
    "price_includes_tax",
    *("cash_discount_percent", "cash_discount_days"),
    *("tolerance_percent", "tolerance_minutes"),
    "signed_minutes",
)


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One part of an estimate."""

    description: str
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Signer:
    """Who decides and from where; `recorded_by` is the employee who writes a decision down for the client."""

    by_name: str
    address: str | None = None
    user_agent: str = ""
    recorded_by: User | None = None
    paper: "Paper | None" = None


@dataclass(frozen=True, slots=True)
class Paper:
    """The scanned page on which the client decided."""

    name: str
    content_type: str
    content: bytes


@transaction.atomic
def draft_offer(offer: Offer, *, items: Sequence[ItemDraft] = ()) -> Offer:
    """Saves a new draft; with items the estimate is their sum."""
    _check_package(offer)
    if not offer.seller_id and offer.client.default_seller:
        offer.seller = offer.client.default_seller
    if items:
        offer.estimated_minutes = sum(item.minutes for item in items)
    with worded():
        offer.save(force_insert=True)
        _write_items(offer, items)
    judge_price(offer, by=offer.author)
    return offer


@transaction.atomic
def change_offer(offer: Offer, *, by: User, items: Sequence[ItemDraft] | None = None) -> Offer:
    """Saves a changed draft. ValidationError `wrong_status` once it was sent: then it is revised instead."""
    row = Offer.objects.locked().get(pk=offer.pk)
    if row.status != DRAFT:
        raise _wrong(_("An offer that was sent is not changed; revise it."))
    _check_package(offer)
    if items is not None:
        offer.items.all().delete()
        _write_items(offer, items)
        offer.estimated_minutes = sum(item.minutes for item in items) or offer.estimated_minutes
    with worded():
        offer.save()
    judge_price(offer, by=by)
    return offer


@transaction.atomic
def revise_offer(
    offer: Offer, *, by: User, valid_until: date, estimated_minutes: int | None = None, text: str = ""
) -> Offer:
    """A new draft version with the same terms and items; a changed estimate becomes an item of its own.

    ValidationError: `wrong_status` for a draft or a closed offer, `already_done` while another draft version waits.
    """
    family = _locked_family(offer)
    if offer.status in (DRAFT, Offer.Status.CLOSED):
        raise _wrong(_("Only an offer that was sent is revised."))
    if any(version.status == DRAFT for version in family):
        raise ValidationError(_("A revised version already waits to be sent."), code="already_done")
    minutes = offer.estimated_minutes if estimated_minutes is None else estimated_minutes
    version = Offer(
        root_id=offer.family_id,
        version=family[0].version + 1,
        author=by,
        valid_until=valid_until,
        estimated_minutes=minutes,
        **{name: getattr(offer, name) for name in COPIED},
    )
    version.text = text or version.text
    with worded():
        version.save(force_insert=True)
        _write_items(version, _revised_items(offer, minutes))
    judge_price(version, by=by)
    return version


@transaction.atomic
def send_offer(offer: Offer, *, at: datetime, recipient: str = "") -> Offer:
    """Numbers and freezes a draft, supersedes the version before it, and puts its mail into the outbox.

    Where nobody's address is known there is no mail: an employee hands the link over. ValidationError: `wrong_status`
    unless it is a draft, `expired` if its last valid day has passed, `required` at `hourly_rate` for work by time
    without a price, `needs_decision` for one that a partner has to approve, `series_missing`.
    """
    family = _locked_family(offer)
    row = next(version for version in family if version.pk == offer.pk)
    on = timezone.localdate(at)
    if row.status != DRAFT:
        raise _wrong(_("This offer was sent already."))
    if row.valid_until < on:
        raise ValidationError({"valid_until": ValidationError(_("This day has passed."), code="expired")})
    if row.basis != Offer.Basis.FIXED and not row.hourly_rate:
        raise ValidationError({"hourly_rate": ValidationError(_("Name the price an hour."), code="required")})
    check_price(row)
    row.recipient = recipient or _address_of(row)
    _supersede([version for version in family if version.pk != row.pk], at=at)
    row.number = row.number or take_number(series_of(row.seller, Series.Kind.OFFER), on=on).number
    row.document = canonical_offer(row)
    row.document_sha256 = sha256_of(row.document)
    row.status, row.sent_at = SENT, at
    with worded():
        row.save()
    enqueue("billing.tasks.mail_offer", row.pk)
    enqueue("billing.tasks.refresh_money_figures", row.client_id)
    return row


@transaction.atomic
def decide_offer(offer: Offer, *, accepted: bool, signer: Signer, at: datetime) -> Offer:
    """Accepts or declines a sent offer, once, until the end of its last valid day; the signature is kept.

    Acceptance opens the engagement of the offer, or moves it to this version; minutes that an earlier version left
    unannounced bill as far as this one allows. Hours for a package are added to it at once, and the offer is delivered.
    ValidationError: `already_done` if it was decided, `expired` after its last day, `required` without a name,
    `wrong_status` in any other state or for a package that takes no hours any more.
    """
    lock_unannounced(offer)
    family = _locked_family(offer)
    row = next(version for version in family if version.pk == offer.pk)
    _check_decidable(row, signer, on=timezone.localdate(at))
    signature = OfferSignature.objects.create(
        offer=row,
        accepted=accepted,
        by_name=signer.by_name.strip()[:160],
        at=at,
        address=signer.address,
        user_agent=signer.user_agent[:300],
        document_sha256=row.document_sha256,
        recorded_by=signer.recorded_by,
    )
    if signer.paper:
        _keep_paper(signature, signer.paper)
    row.status, row.decided_at = (ACCEPTED if accepted else DECLINED), at
    if accepted:
        row.signed_minutes = row.estimated_minutes
    row.save()
    links_of(row).filter(used_at=None).update(used_at=at)
    if accepted:
        _take_effect(row, family, signer, at=at)
    else:
        _restore(family)
    enqueue("billing.tasks.refresh_money_figures", row.client_id)
    _tell(row, at=at)
    return row


@transaction.atomic
def expire_offers(*, on: date) -> int:
    """Ends sent offers whose last valid day has passed; says how many."""
    late = list(Offer.objects.filter(status=SENT, valid_until__lt=on).locked())
    for offer in late:
        offer.status = EXPIRED
        offer.save(update_fields=["status"])
        _restore(Offer.objects.family_of(offer))
    return len(late)


@transaction.atomic
def close_offer(offer: Offer, *, reason: str, on: date) -> Offer:
    """Ends an accepted offer with a reason. ValidationError `wrong_status` for any other."""
    row = Offer.objects.locked().get(pk=offer.pk)
    if row.status != ACCEPTED:
        raise _wrong(_("Only an accepted offer is closed."))
    row.status, row.close_reason, row.closed_on = Offer.Status.CLOSED, Offer.CloseReason(reason), on
    row.save(update_fields=["status", "close_reason", "closed_on"])
    if row.close_reason != Offer.CloseReason.CLOSED_BY_US:
        ask_to_mention(row.client, occasion=row.title, on=on)
    return row


def _keep_paper(signature: OfferSignature, paper: Paper) -> None:
    SignatureFile.objects.create(
        signature=signature,
        name=paper.name[:160],
        content_type=paper.content_type[:80],
        content=paper.content,
        sha256=sha256(paper.content).hexdigest(),
    )


def _tell(offer: Offer, *, at: datetime) -> None:
    """A task for who wrote the offer: the client has decided."""
    accepted = offer.status != DECLINED
    words = _("{client} declined {number}: ask why")
    if accepted:
        words = _ADDED if offer.hour_package_id else _("{client} accepted {number}: start the work")
    open_task(
        TaskDraft(
            kind="offer_accepted" if accepted else "offer_declined",
            source=f"offer:{offer.pk}",
            assignee=offer.client.account_manager or offer.author,
            title=format_lazy(words, client=offer.client.name, number=offer.number),
            due_at=at + timedelta(days=1),
            client=offer.client,
            contact=offer.contact,
            url=reverse("billing:offer_detail", args=[offer.pk]),
        )
    )


def _check_package(offer: Offer) -> None:
    if offer.hour_package and not offer.client.has(offer.hour_package):
        error = ValidationError(_("This belongs to another client."), code="hour_package_foreign")
        raise ValidationError({"client": error})


def _check_decidable(offer: Offer, signer: Signer, *, on: date) -> None:
    if not signer.by_name.strip():
        raise ValidationError({"by_name": ValidationError(_("Type your name."), code="required")})
    if offer.status in (ACCEPTED, DECLINED, Offer.Status.CLOSED):
        raise ValidationError(_("This offer was decided already."), code="already_done")
    if offer.status == EXPIRED or (offer.status == SENT and offer.valid_until < on):
        raise ValidationError(_("This offer is no longer valid."), code="expired")
    if offer.status != SENT:
        raise _wrong(_("Only an offer that was sent can be decided."))


def _locked_family(offer: Offer) -> list[Offer]:
    """All versions, the newest first, locked by the first one, so that two acts on one offer never cross."""
    list(Offer.objects.filter(pk=offer.family_id).locked())
    return list(Offer.objects.family_of(offer).select_for_update(of=("self",), no_key=True))


def _take_effect(offer: Offer, family: Iterable[Offer], signer: Signer, *, at: datetime) -> None:
    """What an acceptance begins: hours on their package, or work; and the plan of a client who never ordered before."""
    if offer.hour_package:
        _deliver_hours(offer, offer.hour_package, signer, at=at)
    else:
        _engage(offer, family, on=timezone.localdate(at))
        bill_announced(offer)
        tell_overruns([offer], at=at)
    note_order(offer, at=at)
    refresh_offer_sales(offer)


def _engage(offer: Offer, family: Iterable[Offer], *, on: date) -> None:
    """Work under the offer: the engagement of an earlier version goes on under this one, else a new one opens."""
    moved = Engagement.objects.filter(offer__in=[version.pk for version in family]).update(offer=offer)
    if moved:
        return
    lead = offer.lead or offer.author
    engagement = Engagement(
        client=offer.client,
        seller=offer.seller,
        name=offer.title[:160],
        service_line=offer.service_line,
        lead=lead,
        offer=offer,
        started_on=on,
    )
    open_engagement(engagement, members=[lead, offer.author])


def _deliver_hours(offer: Offer, package: HourPackage, signer: Signer, *, at: datetime) -> None:
    """The hours that were offered are on the package from now on; their invoice is drafted with them."""
    on = timezone.localdate(at)
    source = _("Offer %(number)s, %(name)s") % {"number": offer.number, "name": signer.by_name.strip()}
    top_up(
        package,
        minutes=offer.signed_minutes,
        price=Decimal(offer.fixed_price or 0),
        by=signer.recorded_by or offer.author,
        on=on,
        at=at,
        source=source[:120],
    )
    close_offer(offer, reason=Offer.CloseReason.DELIVERED, on=on)
    offer.refresh_from_db(fields=["status", "close_reason", "closed_on"])


def _supersede(others: Iterable[Offer], *, at: datetime) -> None:
    for version in others:
        if version.status in (SENT, ACCEPTED):
            version.status = SUPERSEDED
            version.save(update_fields=["status"])
            links_of(version).filter(revoked_at=None).update(revoked_at=at)


def _restore(family: Iterable[Offer]) -> None:
    """The version that was accepted last holds again, unless a newer one still waits for its answer."""
    versions = list(family)
    if any(version.status in (SENT, ACCEPTED) for version in versions):
        return
    signed = [version for version in versions if version.status == SUPERSEDED and version.decided_at]
    if signed:
        newest = max(signed, key=lambda version: version.version)
        newest.status = ACCEPTED
        newest.save(update_fields=["status"])


def _revised_items(offer: Offer, minutes: int) -> list[ItemDraft]:
    items = [ItemDraft(item.description, item.minutes) for item in offer.items.order_by("position")]
    rest = minutes - sum(item.minutes for item in items)
    if not items or not rest:
        return items
    return [*items, ItemDraft(words_in(offer.client.language)["revision"], rest)]


def _write_items(offer: Offer, items: Iterable[ItemDraft]) -> None:
    OfferItem.objects.bulk_create(
        OfferItem(offer=offer, position=position, description=item.description[:300], minutes=item.minutes)
        for position, item in enumerate(items, start=1)
    )


def _address_of(offer: Offer) -> str:
    return str((offer.contact.email if offer.contact else "") or offer.client.billing_email)


def _wrong(message: "_StrPromise") -> ValidationError:
    return ValidationError(message, code="wrong_status")
