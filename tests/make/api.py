"""An API client that speaks with a token."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from crm.models import User
from crm.tokens import make_token


def make_api(user: User, **kw: Any) -> APIClient:
    """Speaks as this user with a fresh token."""
    now = timezone.now()
    _token, key = make_token(user, **{"name": "tests", "at": now, "expires_at": now + timedelta(days=1), **kw})
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return api
