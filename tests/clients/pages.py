"""What the tests of pages share: a signed-in browser, addresses by name, a client with a value."""

from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from crm.models import User
from tests.make import make_client, make_value


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def url(name: str, *args: Any) -> str:
    return reverse(f"clients:{name}", args=args)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def valued(amount: str = "12300.50", **kw: Any) -> Client:
    return make_value(make_client(**kw), amount)
