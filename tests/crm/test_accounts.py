"""One's own account: in and out, passwords, invitation, profile, theme, language, tokens."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.access import Role
from crm.links import make_link, revoke_link
from crm.models import ApiToken, LinkOpening, SignedLink, User
from tests.make import Cast, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "anchor-and-rope-42"
WEAK = "12345678"


@pytest.fixture
def person() -> User:
    return make_user(Role.CONSULTANT, username="petra", password=PASSWORD, email="jonas@firm.example")


@pytest.fixture
def member(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def sign_in(client: Client, password: str, **more: str) -> Any:
    return client.post("/account/sign-in/", {"username": "petra", "password": password, **more})


def test_sign_in_leads_to_the_page_that_was_wanted(client: Client, person: User) -> None:
    wanted = client.get("/account/profile/")
    assert wanted["Location"] == "/account/sign-in/?next=/account/profile/"
    assert sign_in(client, PASSWORD, next="/account/profile/")["Location"] == "/account/profile/"


def test_sign_in_refuses_a_wrong_password_and_keeps_the_name(client: Client, person: User) -> None:
    answer = sign_in(client, "wrong")
    assert answer.status_code == 422
    assert b'value="petra"' in answer.content
    assert b"do not belong together" in answer.content


def test_sign_in_does_not_follow_a_foreign_address(client: Client, person: User) -> None:
    assert sign_in(client, PASSWORD, next="https://evil.example/")["Location"] == "/"


def test_sign_in_closes_after_five_wrong_passwords_even_for_the_right_one(client: Client, person: User) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    answer = sign_in(client, PASSWORD)
    assert answer.status_code == 429
    assert b"15 minutes" in answer.content


def test_sign_in_says_that_an_account_is_off_like_any_wrong_password(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert sign_in(client, PASSWORD).status_code == 422


def test_demo_passwords_work_only_in_the_demo(client: Client, settings: Any) -> None:
    make_user(username="petra", password="demo")
    settings.DEBUG = False
    assert sign_in(client, "demo").status_code == 422
    settings.DEBUG = True
    assert sign_in(client, "demo").status_code == 302


def test_demo_logins_are_offered_only_in_the_demo(client: Client, settings: Any) -> None:
    make_user(Role.PARTNER, username="partner", password="demo", first_name="Irina")
    settings.DEBUG = settings.DEMO = True
    assert b"Irina" in client.get("/account/sign-in/").content
    settings.DEMO = False
    assert b"Irina" not in client.get("/account/sign-in/").content


def test_sign_out_needs_a_post(member: Client) -> None:
    assert member.get("/account/sign-out/").status_code == 405
    assert member.post("/account/sign-out/").status_code == 302
    assert member.get("/account/profile/").status_code == 302


def test_password_reset_goes_by_mail_in_the_language_of_the_person(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="de")
    assert client.post("/account/password/reset/", {"email": "jonas@firm.example"}).status_code == 302
    assert len(mail.outbox) == 1
    found = re.search(r"http://testserver(/account/password/reset/\S+)", str(mail.outbox[0].body))
    assert found
    form = client.get(found[1], follow=True)
    assert form.status_code == 200
    target = form.request["PATH_INFO"]
    weak = client.post(target, {"new_password1": WEAK, "new_password2": WEAK})
    assert weak.status_code == 422
    assert client.post(target, {"new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}).status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD + "!")
    assert "no longer works" in client.get(found[1], follow=True).content.decode()


def test_password_reset_does_not_tell_who_has_an_account(client: Client, person: User) -> None:
    known = client.post("/account/password/reset/", {"email": "jonas@firm.example"}, follow=True)
    unknown = client.post("/account/password/reset/", {"email": "nobody@firm.example"}, follow=True)
    strip = re.compile(rb'(csrfmiddlewaretoken" value|X-CSRFToken": )[^>]*')
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)
    assert len(mail.outbox) == 1


# Invitation


def invite(person: User, *, at: datetime | None = None) -> tuple[SignedLink, str]:
    at = at or timezone.now()
    link, secret = make_link(
        SignedLink.Purpose.INVITATION,
        subject_id=person.pk,
        recipient=person.email,
        by=None,
        at=at,
        expires_at=at + timedelta(days=7),
    )
    return link, f"/account/invitation/{secret}/"


def accept(client: Client, url: str, password: str = PASSWORD) -> Any:
    return client.post(url, {"new_password1": password, "new_password2": password})


def test_an_invitation_sets_the_first_password_and_signs_in(client: Client) -> None:
    invited = make_user(Role.CONSULTANT, username="new")
    link, url = invite(invited)
    assert client.get(url).status_code == 200
    assert accept(client, url)["Location"] == "/account/profile/"
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)
    assert client.get("/account/profile/").status_code == 200
    assert [*LinkOpening.objects.filter(link=link).values_list("method", flat=True)] == ["GET", "POST"]


def test_opening_an_invitation_changes_nothing(client: Client) -> None:
    invited = make_user(username="new")
    link, url = invite(invited)
    for _scan in range(3):
        client.get(url)
    invited.refresh_from_db()
    link.refresh_from_db()
    assert not invited.has_usable_password()
    assert link.used_at is None


def test_an_invitation_works_once(client: Client) -> None:
    invited = make_user(username="new")
    _link, url = invite(invited)
    accept(client, url)
    again = accept(Client(), url, PASSWORD + "again")
    assert again.status_code == 410
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)


def test_an_invitation_ends_when_it_is_old_revoked_or_unknown(client: Client) -> None:
    old = invite(make_user(), at=timezone.now() - timedelta(days=8))[1]
    link, revoked = invite(make_user())
    revoke_link(link, at=timezone.now())
    for url in (old, revoked, "/account/invitation/unknown/"):
        assert client.get(url).status_code == 410
        assert accept(client, url).status_code == 410


def test_an_invitation_refuses_a_weak_password_and_stays_open(client: Client) -> None:
    _link, url = invite(make_user(username="new"))
    assert accept(client, url, WEAK).status_code == 422
    assert accept(client, url).status_code == 302


# Profile


def profile_fields(**changed: str) -> dict[str, str]:
    fields = {"first_name": "Jonas", "last_name": "Keller", "email": "jonas@firm.example", "language": "ru"}
    return {**fields, "theme": "dark", **changed}


def test_the_profile_changes_language_and_theme_at_once(member: Client, person: User) -> None:
    answer = member.post("/account/profile/", profile_fields(), follow=True)
    assert 'lang="ru"' in answer.content.decode()
    assert 'data-theme="dark"' in answer.content.decode()
    assert 'data-shortcuts="off"' in answer.content.decode()


def test_the_profile_shows_what_is_wrong_and_keeps_the_rest(member: Client, person: User) -> None:
    answer = member.post("/account/profile/", profile_fields(email="not an address", position="Advisor"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_email_error"' in text
    assert 'value="Advisor"' in text
    person.refresh_from_db()
    assert person.language == "en"


def test_nobody_gives_themselves_a_role(member: Client, person: User) -> None:
    member.post("/account/profile/", profile_fields(roles="partner", is_superuser="on", username="boss"))
    person.refresh_from_db()
    assert (person.roles, person.is_superuser, person.username) == (["consultant"], False, "petra")


def test_the_password_is_changed_with_the_old_one(member: Client, person: User) -> None:
    new = {"new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}
    assert member.post("/account/password/", {"old_password": "wrong", **new}).status_code == 422
    assert member.post("/account/password/", {"old_password": PASSWORD, **new}).status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD + "!")


def test_the_theme_button_switches_and_returns(member: Client, person: User) -> None:
    answer = member.post("/account/theme/", headers={"Referer": "http://testserver/more/"})
    assert answer["Location"] == "http://testserver/more/"
    person.refresh_from_db()
    assert person.theme == "dark"
    assert member.post("/account/theme/", {"theme": "pink"}).status_code == 400


def test_a_stranger_chooses_a_language(client: Client) -> None:
    client.post("/account/language/", {"language": "de"})
    assert 'lang="de"' in client.get("/account/sign-in/").content.decode()
    assert client.post("/account/language/", {"language": "xx"}).status_code == 400


# Tokens


def test_a_token_is_shown_once_and_kept_as_a_hash(member: Client, person: User) -> None:
    until = timezone.localdate() + timedelta(days=30)
    answer = member.post("/account/tokens/new/", {"name": "Power BI", "expires_on": until.isoformat()})
    token = ApiToken.objects.get(user=person)
    found = re.search(r'id="token-key" value="([^"]+)"', answer.content.decode())
    assert found
    assert found[1].startswith(token.prefix)
    assert found[1] not in token.digest
    assert timezone.localtime(token.expires_at).date() == until
    assert found[1] not in member.get("/account/profile/").content.decode()


@pytest.mark.parametrize("days", [-1, 400])
def test_a_token_ends_within_a_year(member: Client, days: int) -> None:
    until = timezone.localdate() + timedelta(days=days)
    answer = member.post("/account/tokens/new/", {"name": "x", "expires_on": until.isoformat()})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(member: Client, person: User, cast: Cast) -> None:
    now = timezone.now()
    fields = {"made_at": now, "expires_at": now + timedelta(days=1), "prefix": "abc"}
    own = ApiToken.objects.create(user=person, name="own", digest="1", **fields)
    foreign = ApiToken.objects.create(user=cast.partner, name="foreign", digest="2", **fields)
    assert member.post(f"/account/tokens/{own.pk}/revoke/").status_code == 302
    assert member.post(f"/account/tokens/{foreign.pk}/revoke/").status_code == 404
    assert [*ApiToken.objects.usable(at=now)] == [foreign]
