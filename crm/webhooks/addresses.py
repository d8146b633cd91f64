"""Where a message may go: to the open internet alone, never to this machine or the networks behind it.

The name is looked up once and the connection goes to the very address that was judged, so an answer that changes
between the two (DNS rebinding) leads nowhere. `WEBHOOKS_TO_PRIVATE=1` opens private networks, for a firm that runs
its receiver beside the product.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: the connection goes to `ip`, the certificate must name `host`."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str


def find_target(url: str) -> Target:
    """Raises ValidationError `unsafe_address` for anything but a public https address, `unknown_host` for no answer."""
    check_form(url)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise ValidationError(_("“%(host)s” cannot be found."), code="unknown_host", params={"host": host}) from exc
    ips = [str(each[4][0]) for each in found]
    for ip in ips:
        _check_public(ip, host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, ips[0], path)


def check_form(url: str) -> None:
    """What can be said of an address without looking its name up. Raises ValidationError `unsafe_address`."""
    parts = urlsplit(url)
    schemes = {"https", "http"} if settings.WEBHOOKS_TO_PRIVATE else {"https"}
    if parts.scheme not in schemes or not parts.hostname:
        raise ValidationError(_("A webhook goes to an https address."), code="unsafe_address")
    if parts.username or parts.password:
        raise ValidationError(_("Leave name and password out of the address."), code="unsafe_address")
    if _is_literal(parts.hostname):
        _check_public(parts.hostname, parts.hostname)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    return True


def _check_public(ip: str, host: str) -> None:
    if settings.WEBHOOKS_TO_PRIVATE:
        return
    try:
        public = ip_address(ip).is_global and not ip_address(ip).is_multicast
    except ValueError:
        public = False
    if not public:
        raise ValidationError(
            _("“%(host)s” lies in a private network; a webhook goes to the open internet."),
            code="unsafe_address",
            params={"host": host},
        )
