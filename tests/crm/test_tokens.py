"""Tokens from the command line."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.models import ApiToken
from crm.tokens import digest_of, revoke_token
from tests.make import Cast

pytestmark = pytest.mark.django_db


def test_the_command_prints_the_key_alone(cast: Cast) -> None:
    out = StringIO()
    call_command("create_api_token", cast.partner.username, stdout=out)
    key = out.getvalue().removesuffix("\n")
    token = ApiToken.objects.get()
    assert token.digest == digest_of(key)
    assert (token.user, "\n" in key) == (cast.partner, False)


@pytest.mark.parametrize("arguments", [["nobody"], ["irina", "--days", "0"], ["irina", "--days", "99999"]])
def test_the_command_refuses_in_words(cast: Cast, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_token", *arguments)
    assert not ApiToken.objects.exists()


def test_the_command_refuses_a_former_colleague(cast: Cast) -> None:
    type(cast.partner).objects.filter(pk=cast.partner.pk).update(is_active=False)
    with pytest.raises(CommandError, match="no active user"):
        call_command("create_api_token", cast.partner.username)


def test_revoking_twice_keeps_the_first_moment(cast: Cast) -> None:
    call_command("create_api_token", cast.partner.username, stdout=StringIO())
    token, now = ApiToken.objects.get(), timezone.now()
    revoke_token(token, at=now)
    revoke_token(token, at=now + timedelta(days=1))
    token.refresh_from_db()
    assert token.revoked_at == now
