"""Text that carries credentials."""

import pytest

from clients.rules.secrets import looks_secret


@pytest.mark.parametrize(
    "text", ["Password: hunter2", "пароль: Qwerty12", "PIN is 48213", "postgres://u:secret@db/x", "AKIA" + "A1" * 8]
)
def test_text_with_a_credential_looks_secret(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize("text", ["The password is new", "We will send the token tomorrow", "Пароль сменили вчера", ""])
def test_text_about_credentials_does_not_look_secret(text: str) -> None:
    assert not looks_secret(text)
