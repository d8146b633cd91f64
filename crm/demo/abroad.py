"""A client in another country of the EU, invoiced with reverse charge: what the recapitulative statement declares."""

from datetime import timedelta
from decimal import Decimal

from billing.models import InvoiceLine
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice, prepare_draft
from clients.models import Client
from crm.access import Role
from crm.demo.world import World
from crm.periods import month_start

PRICE = Decimal("2380.00")
QUARTER_MONTHS = 3


def make_services_abroad(world: World) -> None:
    """One service of the quarter that is over, invoiced today."""
    seller, finance = world.sellers["DE"], world.people[Role.FINANCE][0]
    client = Client.objects.create(
        name="Donauwerk Technik GmbH",
        legal_name="Donauwerk Technik GmbH",
        status=Client.Status.ACTIVE,
        status_on=world.today,
        tier="b",
        account_manager=world.people[Role.ACCOUNT_MANAGER][0],
        default_seller=seller,
        currency=seller.currency,
        country="AT",
        language="de",
        street="Handelskai 92",
        postcode="1200",
        city="Wien",
        vat_id="ATU13585627",
        billing_email="rechnung@donauwerk.example",
    )
    terms = DraftTerms(client=client, seller=seller, currency=seller.currency, price_includes_tax=True)
    draft = open_draft(terms, by=finance, on=world.today)
    begun = month_start(world.today)
    begun = begun.replace(month=(begun.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + 1)
    line = HandLine(
        kind=InvoiceLine.Kind.FIXED,
        description="Einführung der Zeiterfassung",
        quantity=Decimal(1),
        unit="C62",
        unit_price=PRICE,
        supplied_on=begun - timedelta(days=1),
    )
    add_hand_line(draft, line, on=world.today)
    draft.refresh_from_db()
    prepare_draft(draft, at=world.now)
    issue_invoice(draft, issued_on=world.today, by=finance, at=world.now)
