"""Every list of billing says beside a client what the client is worth, as each person may see it."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import QuestionList
from billing.services.questions import start_list
from clients.models import Client
from tests.billing.test_bank import named, taken
from tests.billing.test_expenses import spent
from tests.make import Cast, make_client
from tests.make.hours import make_engagement, make_package
from tests.make.invoices import make_invoice
from tests.make.loyalty import make_value
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
LISTS = ["offer", "retainer", "package", "engagement", "question", "expense", "payment", "bank"]


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
    return make_value(client, "50000")


@pytest.mark.parametrize("name", LISTS)
def test_the_chip_stands_beside_the_client(client: Browser, cast: Cast, valued: Client, name: str) -> None:
    client.force_login(cast.partner)
    shown = client.get(reverse(f"billing:{name}_list"), {"state": ""}).content.decode()
    assert valued.name in shown
    assert 'class="clv"' in shown


def test_who_works_for_the_client_sees_a_band_and_others_nothing(client: Browser, cast: Cast, valued: Client) -> None:
    client.force_login(cast.consultant)
    shown = client.get(reverse("billing:offer_list")).content.decode()
    assert 'class="clv band"' in shown
    assert 'class="clv"' not in shown
    client.force_login(cast.outsider)
    assert 'class="clv' not in client.get(reverse("billing:offer_list")).content.decode()
