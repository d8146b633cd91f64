"""Figures and memberships that upper floors write."""

from datetime import date
from decimal import Decimal

import pytest

from clients.models import Client, ClientFigure, ClientMember
from clients.services.facts import add_member, end_member, set_members, write_figures
from tests.make import Cast, make_client

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def test_a_group_is_written_with_its_day_and_leaves_the_others_alone() -> None:
    one, two = make_client(), make_client()
    write_figures("revenue", {one.pk: {"revenue_12m": Decimal(100)}, two.pk: {"revenue_12m": None}}, as_of=ON)
    write_figures("health", {one.pk: {"health_score": 74, "health_band": "amber"}}, as_of=date(2026, 11, 25))
    figures = ClientFigure.objects.get(client=one)
    assert (figures.revenue_12m, figures.revenue_as_of_on) == (100, ON)
    assert (figures.health_score, figures.health_as_of_on) == (74, date(2026, 11, 25))
    assert ClientFigure.objects.get(client=two).revenue_12m is None


def test_a_job_that_comes_late_spoils_nothing() -> None:
    client = make_client()
    write_figures("nps", {client.pk: {"nps": Decimal(50)}}, as_of=ON)
    assert write_figures("nps", {client.pk: {"nps": Decimal(10)}}, as_of=date(2026, 11, 25)) == 0
    assert ClientFigure.objects.get().nps == 50


def test_writing_moves_the_moment_of_change() -> None:
    client = make_client()
    write_figures("nps", {client.pk: {"nps": Decimal(50)}}, as_of=ON)
    before = ClientFigure.objects.get().updated_at
    write_figures("nps", {client.pk: {"nps": Decimal(51)}}, as_of=ON)
    assert ClientFigure.objects.get().updated_at > before


@pytest.mark.parametrize("values", [{"health_score": 1}, {"client_id": 3}])
def test_a_group_takes_its_own_figures_only(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no figures of"):
        write_figures("revenue", {make_client().pk: values}, as_of=ON)


def test_every_client_names_the_same_figures() -> None:
    one, two = make_client(), make_client()
    with pytest.raises(ValueError, match="same figures"):
        write_figures("hours", {one.pk: {"package_minutes": 1}, two.pk: {"goodwill_minutes": 1}}, as_of=ON)


def test_many_clients_cost_as_much_as_one(django_assert_num_queries: object) -> None:
    clients = [make_client() for _ in range(30)]
    with django_assert_num_queries(4):  # type: ignore[operator]
        write_figures("value", {client.pk: {"simple_value": Decimal(1)} for client in clients}, as_of=ON)


def test_working_for_a_client_twice_is_one_membership(cast: Cast) -> None:
    client = make_client()
    first = add_member(client, user=cast.consultant, on=ON)
    assert add_member(client, user=cast.consultant, on=date(2026, 12, 1)) == first
    assert Client.objects.visible_to(cast.consultant).get() == client
    assert not Client.objects.visible_to(cast.outsider).exists()


def test_an_ended_membership_closes_the_client_to_the_person(cast: Cast) -> None:
    client = make_client()
    end_member(add_member(client, user=cast.consultant, on=ON), on=ON)
    assert not Client.objects.visible_to(cast.consultant).exists()
    add_member(client, user=cast.consultant, on=ON)
    assert ClientMember.objects.count() == 2


def test_setting_members_ends_the_others_and_keeps_those_who_stay(cast: Cast) -> None:
    client = make_client()
    stays = add_member(client, user=cast.consultant, on=ON)
    add_member(client, user=cast.outsider, on=ON)
    set_members(client, users=[cast.consultant, cast.manager], on=ON)
    current = ClientMember.objects.filter(client=client, to_on=None)
    assert {member.user for member in current} == {cast.consultant, cast.manager}
    assert stays in current
