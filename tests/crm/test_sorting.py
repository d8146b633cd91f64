"""Names in lists: as people look them up, whatever the database's own order, and searches go on working."""

import pytest

from clients.models import Client
from crm.models import User
from tests.make import Cast, make_api, make_client, make_contact, make_user

pytestmark = pytest.mark.django_db
LOOKED_UP = ["alpha AG", "Ärzteblatt", "Beta", "Zenit", "Ёлка", "Енисей", "Заря", "Йод", "яхта"]
BY_CODE_POINT = ["Beta", "Zenit", "alpha AG", "Ärzteblatt", "Ёлка", "Енисей", "Заря", "Йод", "яхта"]


@pytest.fixture
def clients(cast: Cast) -> None:
    for name in BY_CODE_POINT:
        make_client(name=name, account_manager=cast.manager)


def names_of(cast: Cast, query: str) -> list[str]:
    rows = make_api(cast.manager).get(f"/api/v1/clients/?{query}").json()["results"]
    return [row["name"] for row in rows]


@pytest.mark.usefixtures("clients")
def test_clients_stand_as_names_are_looked_up(cast: Cast) -> None:
    assert [client.name for client in Client.objects.all()] == LOOKED_UP
    assert names_of(cast, "ordering=name") == LOOKED_UP
    assert names_of(cast, "ordering=-name") == LOOKED_UP[::-1]


def test_people_stand_likewise() -> None:
    for name in ("Zeller", "Öztürk", "Maier", "von Aue", "Яковлев", "Ежов"):
        make_user(last_name=name)
    assert [user.last_name for user in User.objects.all()] == [
        "Maier",
        "Öztürk",
        "von Aue",
        "Zeller",
        "Ежов",
        "Яковлев",
    ]
    client = make_client()
    for name in ("Zahn", "Ähre", "bauer"):
        make_contact(client, last_name=name)
    assert [person.last_name for person in client.contacts.all()] == ["Ähre", "bauer", "Zahn"]


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize(("typed", "found"), [("arzte", "Ärzteblatt"), ("ЗАРЯ", "Заря"), ("ALPHA", "alpha AG")])
def test_search_finds_what_it_found(cast: Cast, typed: str, found: str) -> None:
    assert names_of(cast, f"search={typed}") == [found]


def test_a_related_name_sorts_by_the_same_rule() -> None:
    for name in ("Zenit", "Ärzteblatt"):
        make_contact(make_client(name=name))
    listed = Client.objects.filter(contacts__isnull=False).order_by("contacts__client").values_list("name", flat=True)
    assert list(listed) == ["Ärzteblatt", "Zenit"]
