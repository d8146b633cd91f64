"""Browsers that are signed in, and API clients that speak with a token: inside of the process, and over HTTP."""

import json
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.test import Client as Browser
from django.utils import timezone
from rest_framework.test import APIClient

from crm.models import User
from crm.tokens import make_token


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def make_api(user: User, **kw: Any) -> APIClient:
    """Speaks as this user with a fresh token."""
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {_key_of(user, **kw)}")
    return api


def _key_of(user: User, **kw: Any) -> str:
    now = timezone.now()
    _token, key = make_token(user, **{"name": "tests", "at": now, "expires_at": now + timedelta(days=1), **kw})
    return key


class Answer(NamedTuple):
    status_code: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class HttpApi(NamedTuple):
    """A stranger's program: all it has is an address and a token."""

    base: str
    token: str

    def get(self, path: str) -> Answer:
        return self.ask(Request(self.base + path))

    def post(self, path: str, body: object = None) -> Answer:
        data = json.dumps(body or {}).encode()
        return self.ask(Request(self.base + path, data=data, headers={"Content-Type": "application/json"}))

    def ask(self, request: Request) -> Answer:
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        try:
            with urlopen(request) as response:
                return Answer(response.status, response.read())
        except HTTPError as refused:
            return Answer(refused.code, refused.read())


def make_http_api(user: User, base: str) -> HttpApi:
    return HttpApi(base, _key_of(user))
