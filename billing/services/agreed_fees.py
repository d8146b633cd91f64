"""What a retainer brings a month by what was agreed, whatever has been invoiced: net, less the discount in force."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from billing.models import Discount, InvoiceLine, Retainer
from billing.rules.vat import Treatment, tax_of
from billing.services.discounts import discount_lines, discounts_of
from billing.services.drafts import LineDraft
from billing.services.fee_rows import fee_on, only_service_line
from billing.services.fees import agreement_of
from billing.services.taxes import AgreedNets

NO_TAX = tax_of(Treatment.STANDARD, percent=Decimal(0))


def net_fees(retainers: Sequence[Retainer], *, on: date) -> Mapping[int, Decimal]:
    """Net fee a month by retainer, each in its currency, as agreed for the day; none where a VAT rate is missing."""
    prefetch_related_objects(retainers, "client__merged_into", "seller", "fees", "service_lines")
    nets, known = AgreedNets(), discounts_of([*{row.client.holder_id: row.client.holder for row in retainers}.values()])
    found: dict[int, Decimal] = {}
    for row in retainers:
        with suppress(ValidationError):
            fee = _fee(row, known[row.client.holder_id], on)
            found[row.pk] = nets.of_price(fee, row, on=agreement_of(row, on=on).agreed_on)
    return found


def _fee(retainer: Retainer, known: Sequence[Discount], on: date) -> Decimal:
    fee = fee_on(retainer, on).monthly_fee
    line = LineDraft(
        kind=InvoiceLine.Kind.RETAINER,
        description=retainer.name,
        tax=NO_TAX,
        unit_price=fee,
        service_line_id=only_service_line(retainer),
        supplied_from=on,
        supplied_to=on,
    )
    client, currency = retainer.client.holder, retainer.currency
    off = discount_lines(client, [line], currency=currency, retainer_id=retainer.pk, known=known)
    return fee + sum((each.worth(currency) for each in off), Decimal(0))
