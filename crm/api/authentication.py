"""Token authentication: the key itself is never stored, and what it does is signed with its user's name."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from crm.acting import act_as
from crm.models import ApiToken, User
from crm.tokens import digest_of


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`; a token that is unknown, expired, revoked or of a former colleague answers 401."""

    keyword = b"token"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword:
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("Send one token: “Authorization: Token <key>”."))
        token = self._find(parts[1])
        act_as(token.user_id)
        self._note_use(token)
        return token.user, token

    def authenticate_header(self, _request: Request) -> str:
        return "Token"

    def _find(self, key: bytes) -> ApiToken:
        tokens = ApiToken.objects.usable(at=timezone.now()).select_related("user")
        token = tokens.filter(digest=digest_of(key)).first()
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return token

    def _note_use(self, token: ApiToken) -> None:
        """Once a day is enough to tell tokens in use from forgotten ones."""
        today = timezone.localdate()
        if token.used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(used_on=today)
