"""What the tests of pages share: a signed-in browser, addresses by name, a client with a value."""

from decimal import Decimal
from typing import Any

from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import (
    Client,
)
from clients.services.facts import write_figures
from crm.models import User
from tests.make import make_client


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def url(name: str, *args: Any) -> str:
    return reverse(f"clients:{name}", args=args)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def valued(amount: str = "12300.50", **kw: Any) -> Client:
    client = make_client(**kw)
    write_figures("value", {client.pk: {"simple_value": Decimal(amount)}}, as_of=timezone.localdate())
    return client
