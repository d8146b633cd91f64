"""The form of a secret that signs messages: `whsec_` and the base64 of 24 to 64 bytes."""

import base64
import binascii

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.models.webhooks import SECRET_PREFIX

SIZES = range(24, 65)


def check_secret(text: str) -> None:
    """Raises ValidationError `weak_secret` unless it is one that the specification allows."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) not in SIZES:
        raise ValidationError(_("A secret is “whsec_” and 24 to 64 bytes in base64."), code="weak_secret")
