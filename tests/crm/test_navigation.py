"""The sidebar and the phone tabs per role."""

from datetime import date

import pytest

from crm.access import Role
from crm.models import User
from crm.web import navigation
from crm.web.navigation import Badge, NavItem, NewItem, Section

ON = date(2026, 11, 26)
P, A, C, F = Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT, Role.FINANCE


def item(code: str, section: Section = Section.DELIVERY, *roles: Role, **kw: object) -> NavItem:
    return NavItem(code, code.title(), "sun", "home", section, frozenset(roles), **kw)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_places", {})
    monkeypatch.setattr(navigation, "_new", {})
    monkeypatch.setattr(navigation, "_slots", {})
    navigation.register(
        item("today", Section.WORK, P, A, C),
        item("clients", Section.WORK),
        item("time", Section.WORK),
        item("packages"),
        item("offers"),
        item("retainers"),
        item("promises", Section.DELIVERY, P, A, C),
        item("invoices", Section.MONEY, P, A, F),
        item("approvals", Section.MONEY, P, A, F),
        item("portfolio", Section.INSIGHT, P),
        item("loyalty", Section.INSIGHT, P, A),
        item("lost", Section.INSIGHT, P),
        item("bell", Section.TOP),
    )


def person(*roles: Role) -> User:
    return User(username="somebody", roles=list(roles))


def codes_of(user: User) -> list[str]:
    return [each.code for group in navigation.sidebar(user) for each in group.items]


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (A, ["today", "clients", "promises", "packages", "offers", "loyalty"]),
        (C, ["time", "today", "packages", "offers", "clients"]),
        (F, ["invoices", "retainers", "packages", "clients", "approvals"]),
        (P, ["portfolio", "lost", "loyalty", "clients", "today"]),
    ],
)
def test_each_role_has_its_own_order(role: Role, first: list[str]) -> None:
    assert codes_of(person(role))[: len(first)] == first


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        (A, ["today", "clients", "time", "promises"]),
        (C, ["time", "today", "clients", "packages"]),
        (F, ["invoices", "clients", "time"]),
        (P, ["portfolio", "clients", "today", "loyalty"]),
    ],
)
def test_each_role_has_its_own_phone_tabs(role: Role, tabs: list[str]) -> None:
    assert [each.code for each in navigation.tabs(person(role))] == tabs


def test_what_a_role_may_not_see_is_absent() -> None:
    assert not {"portfolio", "lost", "loyalty", "invoices"} & set(codes_of(person(C)))
    assert codes_of(person(Role.INTEGRATION)) == []


def test_a_person_of_two_roles_sees_the_places_of_both_in_the_order_of_the_leading_one() -> None:
    codes = codes_of(person(C, F))
    assert codes[0] == "invoices"
    assert {"today", "promises", "approvals"} <= set(codes)


def test_no_place_stands_twice_and_the_bell_stands_in_the_top_bar() -> None:
    codes = codes_of(person(P, A, C, F))
    assert len(codes) == len(set(codes))
    assert "bell" not in codes
    assert [each.code for each in navigation.top_items(person(C))] == ["bell"]


def test_headings_follow_one_another_and_none_is_empty() -> None:
    headings = [str(group.heading) for group in navigation.sidebar(person(A))]
    assert headings == ["", "Delivery", "Money"]


def test_only_places_with_work_have_a_badge() -> None:
    navigation.register(
        item("today", Section.WORK, badge=lambda _user, _on: Badge("9", late=True)),
        item("clients", Section.WORK, badge=lambda _user, _on: None),
    )
    assert navigation.badges(person(A), on=ON) == {"today": Badge("9", late=True)}


def test_the_new_menu_offers_what_the_role_may_make() -> None:
    navigation.register_new(
        NewItem("client", "New client", "plus", "home", frozenset({P, A})),
        NewItem("entry", "Time entry", "clock", "home", key="n"),
    )
    assert [each.code for each in navigation.new_items(person(C))] == ["entry"]


def test_a_place_without_a_page_is_absent_and_the_rest_stands() -> None:
    navigation.register(NavItem("forecast", "Forecast", "sun", "forecast:nowhere"))
    assert "forecast" not in codes_of(person(P))
    assert "portfolio" in codes_of(person(P))


def test_a_slot_that_no_app_fills_has_no_address() -> None:
    assert navigation.slot_url("timer") == ""
    navigation.register_slot("timer", "home")
    assert navigation.slot_url("timer") == "/"
    navigation.register_slot("timer", "nowhere:at_all")
    assert navigation.slot_url("timer") == ""


def test_a_person_without_any_place_starts_in_the_profile() -> None:
    assert navigation.home_url(person(Role.INTEGRATION)) == "/account/profile/"
