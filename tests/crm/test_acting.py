"""The audit trail names who acted, and a connection that lives on names nobody by itself."""

from threading import Thread

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import path

from clients.models import Client
from crm.acting import act_as, acting, sign, sign_connection
from crm.models import AuditEntry, User
from tests.make import Cast, make_cast, make_client, make_seller


def trail(client: Client) -> list[tuple[int | None, str]]:
    return list(AuditEntry.objects.of(client).order_by("id").values_list("actor_id", "origin"))


@pytest.mark.django_db
def test_changes_inside_the_block_are_theirs_and_after_it_nobodys(cast: Cast) -> None:
    with acting(cast.partner.pk, origin="tests"):
        client = make_client()
    client.name = "Neu"
    client.save()
    assert trail(client) == [(cast.partner.pk, "tests"), (None, "")]


@pytest.mark.django_db
def test_an_inner_block_speaks_for_itself_and_the_actor_may_come_later(cast: Cast) -> None:
    client = make_client()
    with acting(None, origin="request"):
        with acting(cast.finance.pk, origin="task"):
            Client.objects.filter(pk=client.pk).update(city="Bonn")
        act_as(cast.manager.pk)
        Client.objects.filter(pk=client.pk).update(city="Köln")
    assert trail(client)[1:] == [(cast.finance.pk, "task"), (cast.manager.pk, "request")]


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["it's", "100%", "%s", "a\\'b", "\0x", "Ж" * 300, "'; DROP TABLE crm_user; --"])
def test_an_origin_of_any_text_is_only_text(cast: Cast, origin: str) -> None:
    with acting(cast.partner.pk, origin=origin):
        client = make_client(name="50% off")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clients_client SET name = 'x%' WHERE name LIKE '50%'")
    assert trail(client) == [(cast.partner.pk, origin.replace("\0", "")[:200])] * 2


@pytest.mark.django_db
def test_bulk_writes_and_many_to_many_are_signed_and_counted(cast: Cast) -> None:
    with acting(cast.partner.pk, origin="bulk"):
        made = Client.objects.bulk_create([Client(name=str(number)) for number in range(3)])
        assert Client.objects.filter(pk__in=[each.pk for each in made]).update(city="Bonn") == 3
        assert Client.objects.filter(pk=made[0].pk).delete()[0] == 1
    assert set(AuditEntry.objects.filter(table_name="clients_client").values_list("actor_id")) == {(cast.partner.pk,)}


@pytest.mark.django_db
def test_a_connection_is_signed_once_however_often_it_is_renewed() -> None:
    sign_connection(connection)
    assert connection.execute_wrappers.count(sign) == 1


@pytest.mark.django_db(transaction=True)
def test_a_persistent_connection_does_not_leak_the_actor() -> None:
    person = make_cast().partner
    with acting(person.pk, origin="first request"):
        make_client()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('anchor.actor', true), current_setting('anchor.origin', true)")
        assert [value or "" for value in cursor.fetchone()] == ["", ""]
    assert trail(make_client()) == [(None, "")]


@pytest.mark.django_db(transaction=True)
def test_a_failed_statement_leaves_nobody_behind() -> None:
    person = make_cast().partner
    with acting(person.pk, origin="x"), pytest.raises(Exception, match="roles"), transaction.atomic():
        User.objects.filter(pk=person.pk).update(roles=["king"])
    assert trail(make_client()) == [(None, "")]


@pytest.mark.django_db(transaction=True)
def test_threads_act_for_themselves() -> None:
    cast, seller = make_cast(), make_seller()
    made: list[Client] = []

    def work(user: User) -> None:
        with acting(user.pk, origin=user.username):
            made.append(make_client(default_seller=seller, account_manager=user))
        connection.close()

    threads = [Thread(target=work, args=(user,)) for user in (cast.partner, cast.manager, cast.finance)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 3
    names = dict(User.objects.values_list("pk", "username"))
    assert all(trail(each) == [(each.account_manager_id, names[each.account_manager_id or 0])] for each in made)


def rename(_request: HttpRequest) -> HttpResponse:
    Client.objects.update(city="Bonn")
    return HttpResponse("ok")


urlpatterns = [path("clients/rename/", rename)]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_page_is_signed_with_the_person_the_address_and_the_path(cast: Cast) -> None:
    client, browser = make_client(), Browser()
    browser.force_login(cast.partner)
    assert browser.get("/clients/rename/").status_code == 200
    assert trail(client)[-1] == (cast.partner.pk, "127.0.0.1 GET /clients/rename/")


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "203.0.113.5"), (4, "127.0.0.1")])
def test_behind_proxies_the_address_is_the_one_the_trusted_ones_saw(
    cast: Cast, settings: object, hops: int, address: str
) -> None:
    settings.TRUSTED_PROXIES = hops  # type: ignore[attr-defined]
    client, browser = make_client(), Browser()
    browser.force_login(cast.partner)
    browser.get("/clients/rename/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.5, 10.0.0.2")
    assert trail(client)[-1][1] == f"{address} GET /clients/rename/"
