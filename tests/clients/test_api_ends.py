"""What ends with a day instead of being deleted, over the API."""

from datetime import date

import pytest

from clients.models import Complaint, Extra, KeyClientDesignation, Praise
from clients.services.facts import add_member
from tests.make import Cast, make_api, make_call, make_client, make_contact, make_need

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
DAY = date(2026, 1, 1)


def test_what_others_hang_on_is_not_deleted(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    rows = {
        "contacts": make_contact(client),
        "interactions": make_call(client),
        "complaints": Complaint.objects.create(
            client=client, text="No", received_on=date(2026, 1, 1), logged_by=cast.partner
        ),
        "client-members": add_member(client, user=cast.consultant, on=date(2026, 1, 1)),
        "key-client-designations": KeyClientDesignation.objects.create(
            client=client, type="image", since_on=date(2026, 1, 1)
        ),
    }
    rows |= {
        "praise": Praise.objects.create(client=client, text="Well", received_on=DAY, logged_by=cast.partner),
        "needs": make_need(client),
        "extras": Extra.objects.create(client=client, name="Cake", given_on=DAY, given_by=cast.partner, currency="EUR"),
    }
    for name, row in rows.items():
        assert make_api(cast.partner).delete(f"{V1}/{name}/{row.pk}/").status_code == 405, name
        assert type(row)._default_manager.filter(pk=row.pk).exists()
