"""API tokens: made once, shown once, kept as a hash."""

import secrets
from datetime import datetime
from hashlib import sha256

from crm.models import ApiToken, User


def digest_of(key: bytes | str) -> str:
    return sha256(key.encode() if isinstance(key, str) else key).hexdigest()


def make_token(user: User, *, name: str, at: datetime, expires_at: datetime) -> tuple[ApiToken, str]:
    """The stored token and its key, which nobody can read again."""
    key = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=digest_of(key), prefix=key[:8], made_at=at, expires_at=expires_at
    )
    return token, key


def revoke_token(token: ApiToken, *, at: datetime) -> None:
    """Revoking twice keeps the first moment."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
