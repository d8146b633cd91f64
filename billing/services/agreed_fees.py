"""What a retainer brings a month by what was agreed, whatever has been invoiced: net, less the discount in force."""

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from billing.models import Discount, InvoiceLine, Retainer
from billing.rules.vat import Treatment, tax_of
from billing.services.discounts import discount_lines
from billing.services.drafts import LineDraft
from billing.services.fee_rows import fee_on
from billing.services.fees import agreement_of
from billing.services.taxes import AgreedNets
from clients.models.client import holder_of

NO_TAX = tax_of(Treatment.STANDARD, percent=Decimal(0))


def net_fees(retainers: Sequence[Retainer], *, on: date) -> Mapping[int, Decimal]:
    """Net fee a month by retainer, each in its currency, as agreed for the day; none where a VAT rate is missing."""
    prefetch_related_objects(retainers, "client__merged_into", "seller", "fees", "service_lines")
    nets, discounted = AgreedNets(), _with_discounts(on)
    found: dict[int, Decimal] = {}
    for row in retainers:
        with suppress(ValidationError):
            found[row.pk] = nets.of_price(_fee(row, discounted, on), row, on=agreement_of(row, on=on).agreed_on)
    return found


def _fee(retainer: Retainer, discounted: Set[int | str], on: date) -> Decimal:
    fee, client = fee_on(retainer, on).monthly_fee, retainer.client.merged_into or retainer.client
    if client.pk not in discounted and client.tier not in discounted:
        return fee
    services = [line.pk for line in retainer.service_lines.all()]
    line = LineDraft(
        kind=InvoiceLine.Kind.RETAINER,
        description=retainer.name,
        tax=NO_TAX,
        unit_price=fee,
        service_line_id=services[0] if len(services) == 1 else None,
        supplied_from=on,
        supplied_to=on,
    )
    off = discount_lines(client, [line], currency=retainer.currency, retainer_id=retainer.pk)
    return fee + sum((each.worth(retainer.currency) for each in off), Decimal(0))


def _with_discounts(on: date) -> Set[int | str]:
    """Clients (by id) and tiers that have any discount on fees on the day; the others need no look."""
    rows = Discount.objects.off_lines().filter(approved=True, covers=Discount.Covers.SERVICES, valid_from__lte=on)
    held = rows.exclude(valid_to__lt=on).annotate(holder=holder_of()).values_list("holder", "tier")
    return {holder or tier for holder, tier in held}
