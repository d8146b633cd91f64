"""Extras on the next invoice: each once, as a line of 0.00 that says what it was worth and that all of it is taken off.

An extra alone makes no invoice. Only those that the client was told of are shown.
"""

from collections.abc import Iterable
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine, ShownExtra
from billing.rules.document_words import words_in
from billing.services.agreed_prices import AgreedPrices
from billing.services.drafts import LineDraft, add_lines
from billing.services.line_sources import PlannedLine
from clients.models import Client, Extra, Seller
from clients.models.extra import ExtraQuery
from clients.services.extras import mark_extras_invoiced


def extras_to_show(client: Client, *, through: date) -> ExtraQuery:
    """Of the client and of those merged into it, the oldest first."""
    mine = Q(client=client) | Q(client__merged_into=client)
    return Extra.objects.to_invoice().filter(mine, given_on__lte=through).order_by("given_on", "pk")


def plan_extras(extras: Iterable[Extra], *, client: Client, seller: Seller) -> list[PlannedLine]:
    """Lines for a draft of the seller, which mark their extras when they are written."""
    prices = AgreedPrices(client)
    return [PlannedLine(_line(extra, client, seller, prices), then=partial(_show, extra.pk)) for extra in extras]


def show_extras(draft: Invoice) -> list[InvoiceLine]:
    """Puts the client's extras in the draft's currency on it."""
    rows = extras_to_show(draft.client, through=draft.drafted_on).filter(currency=draft.currency)
    planned = plan_extras(rows, client=draft.client, seller=draft.seller)
    if not planned:
        return []
    made = add_lines(draft, [plan.line for plan in planned])
    for line, plan in zip(made, planned, strict=True):
        if plan.then is not None:
            plan.then(line)
    return made


def _line(extra: Extra, client: Client, seller: Seller, prices: AgreedPrices) -> LineDraft:
    return LineDraft(
        kind=InvoiceLine.Kind.EXTRA,
        description=words_in(client.language)["extra"].format(name=extra.name),
        tax=prices.taxes_of(seller).tax(extra.given_on),
        supplied_to=extra.given_on,
        details={"discounted": str(extra.value)} if extra.value else {},
    )


def _show(extra_id: int, line: InvoiceLine) -> None:
    """ValidationError `already_done` if another draft took it in the meantime."""
    if not Extra.objects.to_invoice().filter(pk=extra_id).locked():
        raise ValidationError(_("This extra was put on another draft just now."), code="already_done")
    ShownExtra.objects.create(line=line, extra_id=extra_id)
    mark_extras_invoiced([extra_id], on=line.invoice.drafted_on)
