"""Every list of billing says beside a client what the client is worth, as each person may see it."""

from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Discount, QuestionList
from billing.services.discounts import ask_for_discount
from billing.services.questions import start_list
from clients.models import Client
from tests.billing.test_bank import named, taken
from tests.billing.test_expenses import spent
from tests.make import Cast, make_client, submitted
from tests.make.hours import AT, DAY, make_engagement, make_package
from tests.make.invoices import make_draft, make_free_work, make_invoice, make_work
from tests.make.loyalty import make_value
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
LISTS = ["offer", "retainer", "package", "engagement", "question", "expense", "payment", "bank"]
LISTS += ["approval", "discount", "draft", "dunning", "goodwill", "invoice", "wip"]


@pytest.fixture
def valued(cast: Cast) -> Client:
    """A client on every list, whose value is 50 000."""
    client = make_client(name="Beispiel Handel", account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_offer(client)
    make_retainer(client)
    make_package(client)
    start_list(QuestionList(client=client, title="Questions"), by=cast.consultant)
    spent(client, cast)
    taken(named(make_invoice(client).number), cast.finance)
    discount = Discount(client=client, percent=Decimal(2), reason="Loyal", valid_from=DAY)
    ask_for_discount(discount, by=cast.partner, at=AT)
    make_invoice(client, by=cast.finance)
    make_draft(client)
    make_work(client)
    make_free_work(client)
    submitted(client, cast.consultant)
    return make_value(client, "50000")


@pytest.mark.parametrize("name", LISTS)
def test_the_chip_stands_beside_the_client(client: Browser, cast: Cast, valued: Client, name: str) -> None:
    client.force_login(cast.partner)
    shown = client.get(reverse(f"billing:{name}_list"), {"state": "", "year": "2026"}).content.decode()
    assert valued.name in shown
    assert 'class="clv"' in shown


def test_who_works_for_the_client_sees_a_band_and_others_nothing(client: Browser, cast: Cast, valued: Client) -> None:
    client.force_login(cast.consultant)
    shown = client.get(reverse("billing:offer_list")).content.decode()
    assert 'class="clv band"' in shown
    assert 'class="clv"' not in shown
    client.force_login(cast.outsider)
    assert 'class="clv' not in client.get(reverse("billing:offer_list")).content.decode()
