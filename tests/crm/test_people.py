"""Invitations, changes by a partner, hand-over and leaving; pages and API."""

import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from clients.services.tasks import TaskDraft, open_task
from crm import people
from crm.access import Role
from crm.models import ApiToken, SignedLink, User
from crm.models.users import UserQuery
from crm.people import free_username, hand_over, invite_again, let_go, send_invitations
from tests.make import Cast, browser_of, make_api, make_client, make_cost, make_engagement, make_promised, make_user

pytestmark = pytest.mark.django_db


INVITED = {
    "email": "nina@firm.example",
    "first_name": "Nina",
    "last_name": "Wolf",
    "position": "",
    "language": "de",
    "roles": ["consultant", "account_manager"],
}


class TestInvitation:
    def test_a_partner_invites_and_the_colleague_signs_in_with_a_password_of_their_own(self, cast: Cast) -> None:
        response = browser_of(cast.partner).post(reverse("crm:person_invite"), INVITED)
        assert response.status_code == 302
        person = User.objects.get(username="nina")
        assert (person.roles, person.is_invited) == (["consultant", "account_manager"], True)
        assert send_invitations(at=timezone.now()) == 1
        letter = mail.outbox[0]
        assert (letter.to, letter.subject) == (["nina@firm.example"], "Anchor: Ihre Einladung")
        address = re.search(r"http://\S+", str(letter.body))
        assert address is not None
        path = address[0].removeprefix("http://127.0.0.1:8000")
        stranger = Browser()
        assert stranger.get(path).status_code == 200
        chosen = {"new_password1": "eine gute Wahl 7", "new_password2": "eine gute Wahl 7"}
        assert stranger.post(path, chosen).status_code == 302
        person.refresh_from_db()
        assert not person.is_invited
        assert Browser().get(path).status_code == 410

    def test_a_mail_waits_on_the_row_until_it_is_sent_once(self) -> None:
        people.invite_person(User(email="a@b.example", roles=["consultant"]), at=timezone.now())
        with patch("crm.people.send_mail", side_effect=OSError("no mail today")), pytest.raises(OSError, match="mail"):
            send_invitations(at=timezone.now())
        assert not SignedLink.objects.exists()
        assert send_invitations(at=timezone.now()) == 1
        assert send_invitations(at=timezone.now()) == 0
        assert len(mail.outbox) == 1

    def test_inviting_again_ends_the_earlier_link(self, cast: Cast) -> None:
        person = people.invite_person(User(email="a@b.example", roles=["consultant"]), at=timezone.now())
        send_invitations(at=timezone.now())
        response = browser_of(cast.partner).post(reverse("crm:person_invite_again", args=[person.pk]))
        assert response.status_code == 302
        send_invitations(at=timezone.now())
        assert SignedLink.objects.filter(subject_id=person.pk).usable(at=timezone.now()).count() == 1
        person.set_password("x")
        person.save()
        with pytest.raises(ValidationError) as refused:
            invite_again(person, at=timezone.now())
        assert refused.value.code == "wrong_status"

    def test_an_address_is_invited_once(self, cast: Cast) -> None:
        response = browser_of(cast.partner).post(
            reverse("crm:person_invite"), {**INVITED, "email": cast.finance.email.upper()}
        )
        assert response.status_code == 422
        assert "already here" in response.content.decode()

    @pytest.mark.parametrize("missing", ["email", "first_name", "last_name", "roles"])
    def test_what_is_missing_is_named_and_the_rest_kept(self, cast: Cast, missing: str) -> None:
        body = {name: value for name, value in INVITED.items() if name != missing}
        response = browser_of(cast.partner).post(reverse("crm:person_invite"), body, headers={"HX-Request": "true"})
        text = response.content.decode()
        assert response.status_code == 422
        assert "<html" not in text
        assert "Nina" in text or missing == "first_name"

    def test_login_names_are_free_and_safe(self) -> None:
        make_user(username="nina")
        make_user(username="nina2")
        assert free_username("nina@x.example") == "nina3"
        assert free_username("<b>o'neil</b>@x.example") == "boneilb"
        assert free_username("@x.example") == "person"


class TestServiceAccounts:
    ROBOT = {**INVITED, "email": "books@firm.example", "roles": ["integration", "finance"]}

    def test_a_partner_makes_one_with_its_role_group_and_its_token(self, cast: Cast) -> None:
        partner = browser_of(cast.partner)
        made = partner.post(reverse("crm:person_invite"), self.ROBOT)
        robot = User.objects.get(email="books@firm.example")
        assert (made.status_code, made["Location"]) == (302, reverse("crm:person", args=[robot.pk]))
        assert send_invitations(at=timezone.now()) == 0
        assert (robot.is_service, robot.is_invited) == (True, False)
        url = reverse("crm:person_token_new", args=[robot.pk])
        assert url in partner.get(made["Location"]).content.decode()
        until = timezone.localdate() + timedelta(days=30)
        shown = partner.post(url, {"name": "Books", "expires_on": until.isoformat()}).content.decode()
        found = re.search(r'id="token-key" value="([^"]+)"', shown)
        assert found is not None
        api = APIClient(headers={"Authorization": f"Token {found[1]}"})
        assert api.get("/api/v1/invoices/").status_code == 200
        assert api.get("/api/v1/reports/concentration/").status_code == 403

    def test_nobody_makes_a_token_that_speaks_for_a_colleague(self, cast: Cast) -> None:
        url = reverse("crm:person_token_new", args=[cast.finance.pk])
        assert browser_of(cast.partner).get(url).status_code == 404
        assert browser_of(cast.finance).get(url).status_code == 403

    def test_one_without_a_role_group_is_refused_where_roles_are_given(self, cast: Cast) -> None:
        body = {**self.ROBOT, "roles": ["integration"]}
        response = browser_of(cast.partner).post(reverse("crm:person_invite"), body)
        assert response.status_code == 422
        assert "at least one more role" in response.content.decode()
        api = make_api(cast.partner)
        posted = api.post("/api/v1/users/", {"email": "x@firm.example", "roles": ["integration"]})
        patched = api.patch(f"/api/v1/users/{cast.integration.pk}/", {"phone": "1"})
        for refused in (posted, patched):
            (error,) = refused.json()["errors"]
            assert (error["attr"], error["code"]) == ("roles", "role_group")
        api.patch(f"/api/v1/users/{cast.integration.pk}/", {"roles": ["integration", "consultant"]})
        assert make_api(cast.integration).get("/api/v1/clients/").status_code == 200

    def test_its_program_signs_in_nowhere(self) -> None:
        make_user(Role.INTEGRATION, Role.FINANCE, username="books", password="a long secret 7")
        typed = {"username": "books", "password": "a long secret 7"}
        response = Browser().post(reverse("accounts:sign_in"), typed)
        assert response.status_code == 422
        assert "service account" in response.content.decode()

    def test_it_is_nobodys_colleague_and_no_last_partner(self, cast: Cast) -> None:
        robot = make_user(Role.INTEGRATION, Role.PARTNER)
        assert robot not in User.objects.working()
        assert robot not in User.objects.in_role(Role.PARTNER)
        assert robot in UserQuery(User).settled()
        with pytest.raises(ValidationError, match="at least one active partner"):
            let_go(cast.partner, successor=cast.finance, by=robot, on=timezone.localdate(), at=timezone.now())


class TestLeaving:
    def test_everything_goes_to_the_successor_in_one_act(self, cast: Cast) -> None:
        client = make_client(account_manager=cast.manager, executive_owner=cast.manager, deputy=cast.partner)
        engagement = make_engagement(client=client, lead=cast.manager)
        make_promised(client, by=cast.manager)
        open_task(TaskDraft(kind="x", source="y", title="Call", assignee=cast.manager, due_at=timezone.now()))
        make_api(cast.manager)
        url = reverse("crm:person_hand_over", args=[cast.manager.pk])
        assert "Own clients" in browser_of(cast.partner).get(url).content.decode()
        response = browser_of(cast.partner).post(url, {"to": cast.partner.pk, "leaves": "on"})
        assert response.status_code == 302
        client.refresh_from_db()
        engagement.refresh_from_db()
        assert (client.account_manager, client.executive_owner, client.deputy) == (cast.partner, cast.partner, None)
        assert engagement.lead == cast.partner
        assert [row.user for row in client.members.filter(to_on=None)] == [cast.partner]
        assert people.held_by(cast.manager) == []
        cast.manager.refresh_from_db()
        assert not cast.manager.is_active
        assert ApiToken.objects.get(user=cast.manager).revoked_at
        assert browser_of(cast.manager).get("/account/profile/").status_code == 302

    def test_without_a_successor_nobody_leaves_who_holds_something(self, cast: Cast) -> None:
        make_client(account_manager=cast.manager)
        url = reverse("crm:person_hand_over", args=[cast.manager.pk])
        response = browser_of(cast.partner).post(url, {"leaves": "on"})
        assert response.status_code == 422
        assert "Choose who takes over." in response.content.decode()
        assert User.objects.get(pk=cast.manager.pk).is_active
        assert browser_of(cast.partner).post(url, {}).status_code == 422

    def test_a_hand_over_without_leaving_keeps_the_sign_in(self, cast: Cast) -> None:
        client = make_client(account_manager=cast.manager)
        url = reverse("crm:person_hand_over", args=[cast.manager.pk])
        refused = browser_of(cast.partner).post(url, {"to": cast.finance.pk})
        assert refused.status_code == 422
        assert "may not take over: Own clients." in refused.content.decode()
        assert browser_of(cast.partner).post(url, {"to": cast.partner.pk}).status_code == 302
        client.refresh_from_db()
        assert client.account_manager == cast.partner
        assert User.objects.get(pk=cast.manager.pk).is_active

    def test_the_successor_works_here_and_is_somebody_else(self, cast: Cast) -> None:
        gone = make_user(is_active=False)
        for nobody in (cast.manager, gone, cast.integration):
            with pytest.raises(ValidationError) as refused:
                hand_over(cast.manager, to=nobody, on=timezone.localdate())
            assert refused.value.error_dict["to"][0].code == "successor"

    def test_nobody_deactivates_themselves_or_the_last_partner(self, cast: Cast) -> None:
        now, on = timezone.now(), timezone.localdate()
        with pytest.raises(ValidationError) as refused:
            let_go(cast.partner, successor=None, by=cast.partner, on=on, at=now)
        assert refused.value.code == "self"
        with pytest.raises(ValidationError, match="at least one active partner"):
            let_go(cast.partner, successor=cast.finance, by=cast.manager, on=on, at=now)
        url = reverse("crm:person", args=[cast.partner.pk])
        body = {**INVITED, "weekly_minutes": "40", "holiday_calendar": "DE"}
        assert browser_of(cast.partner).post(url, body).status_code == 422
        cast.partner.refresh_from_db()
        assert Role.PARTNER in cast.partner.roles

    def test_who_left_may_come_back(self, cast: Cast) -> None:
        let_go(
            cast.outsider, successor=None, by=cast.partner, on=timezone.localdate(), at=timezone.now() - timedelta(1)
        )
        browser_of(cast.partner).post(reverse("crm:person_take_back", args=[cast.outsider.pk]))
        assert User.objects.get(pk=cast.outsider.pk).is_active


class TestPages:
    def test_the_list_finds_filters_and_exports(self, cast: Cast) -> None:
        partner = browser_of(cast.partner)
        url = reverse("crm:people")
        text = partner.get(url, {"search": "reuter"}).content.decode()
        assert "Marina Reuter" in text
        assert "Jonas Keller" not in text
        make_user(first_name="Former", last_name="One", is_active=False)
        assert "Former One" in partner.get(url, {"state": "left"}).content.decode()
        assert "Former One" not in partner.get(url, {"state": "active"}).content.decode()
        assert "Anna Orlova" not in partner.get(url, {"role": "finance"}).content.decode()
        export = partner.get(reverse("crm:people_export", args=["csv"]), {"role": "finance"})
        rows = b"".join(export).decode("utf-8-sig").splitlines()
        assert len(rows) == 2
        assert rows[1].startswith("marina,Marina,Reuter,")

    def test_the_list_asks_no_query_for_each_person(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        for _number in range(30):
            make_user()
        browser = browser_of(cast.partner)
        browser.get(reverse("crm:people"))
        with django_assert_max_num_queries(5):
            browser.get(reverse("crm:people"), headers={"HX-Request": "true"})

    def test_a_partner_changes_roles_and_hours(self, cast: Cast) -> None:
        url = reverse("crm:person", args=[cast.consultant.pk])
        body = {**INVITED, "weekly_minutes": "20", "holiday_calendar": "DE-BY"}
        assert browser_of(cast.partner).post(url, body).status_code == 302
        cast.consultant.refresh_from_db()
        assert (cast.consultant.weekly_minutes, cast.consultant.roles) == (1200, ["consultant", "account_manager"])

    def test_a_partner_revokes_a_token_of_a_colleague(self, cast: Cast) -> None:
        api = make_api(cast.manager)
        token = ApiToken.objects.get()
        browser_of(cast.partner).post(reverse("crm:person_token_revoke", args=[cast.manager.pk, token.pk]))
        assert api.get("/api/v1/users/").status_code == 401

    def test_others_see_people_but_change_nobody(self, cast: Cast) -> None:
        consultant = browser_of(cast.consultant)
        assert consultant.get(reverse("crm:people")).status_code == 200
        for name in ("crm:person", "crm:person_hand_over", "crm:person_take_back", "crm:person_invite_again"):
            assert consultant.post(reverse(name, args=[cast.manager.pk])).status_code == 403


class TestApi:
    def test_an_integration_reads_people(self, cast: Cast) -> None:
        rows = make_api(cast.finance).get("/api/v1/users/?ordering=username").json()["results"]
        assert [row["username"] for row in rows] == ["anna", "irina", "jonas", "marina", "olga", "robot"]
        assert rows[0]["name"] == "Anna Orlova"
        assert rows[0]["roles"] == ["account_manager"]

    def test_cost_is_told_to_those_who_may_know_it(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        make_cost(cast.consultant, "60.00")
        api, url = make_api(cast.finance), f"/api/v1/users/{cast.consultant.pk}/"
        assert api.get(url).json()["cost_per_hour"] == [
            {"amount": "60.00", "currency": "EUR", "valid_from": "2020-01-01", "valid_to": None}
        ]
        assert make_api(cast.manager).get(url).json()["cost_per_hour"] is None
        for _number in range(10):
            make_cost(make_user())
        with django_assert_max_num_queries(4):
            api.get("/api/v1/users/")

    def test_posting_a_person_invites_them(self, cast: Cast) -> None:
        body = {"email": "nina@firm.example", "first_name": "Nina", "last_name": "Wolf", "roles": ["finance"]}
        response = make_api(cast.partner).post("/api/v1/users/", body)
        assert response.status_code == 201, response.json()
        assert response.json()["username"] == "nina"
        send_invitations(at=timezone.now())
        assert mail.outbox[0].to == ["nina@firm.example"]

    @pytest.mark.parametrize(
        ("body", "attr"),
        [
            ({"roles": ["king"]}, "roles.0"),
            ({"roles": ["finance"], "weekly_minutes": 20_000}, "weekly_minutes"),
            ({"roles": ["finance"], "email": "irina@firm.example"}, "email"),
            ({"roles": ["finance"], "username": "irina"}, "username"),
        ],
    )
    def test_a_wrong_person_is_400(self, cast: Cast, body: dict[str, Any], attr: str) -> None:
        response = make_api(cast.partner).post("/api/v1/users/", body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["attr"] == attr

    def test_the_last_partner_keeps_the_role(self, cast: Cast) -> None:
        response = make_api(cast.partner).patch(f"/api/v1/users/{cast.partner.pk}/", {"roles": ["finance"]})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "last_partner")

    def test_a_partner_deactivates_with_a_hand_over(self, cast: Cast) -> None:
        make_client(account_manager=cast.manager)
        api, url = make_api(cast.partner), f"/api/v1/users/{cast.manager.pk}/deactivate/"
        response = api.post(url, {})
        assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "to")
        assert api.post(url, {"to": cast.partner.pk}).json()["clients"] == 1
        assert not User.objects.get(pk=cast.manager.pk).is_active

    def test_others_may_not_change(self, cast: Cast) -> None:
        api = make_api(cast.finance)
        assert api.patch(f"/api/v1/users/{cast.partner.pk}/", {"first_name": "X"}).status_code == 403
        assert api.post("/api/v1/users/", {"roles": ["partner"]}).status_code == 403
        assert api.delete(f"/api/v1/users/{cast.partner.pk}/").status_code == 405
