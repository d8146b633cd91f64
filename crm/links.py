"""Signed links for people without a login: a random secret in the address, only its hash in the database.

A GET shows, a POST acts: mail scanners follow links. Each opening is logged.
"""

import secrets
from datetime import datetime

from django.http import HttpRequest

from crm.models import LinkOpening, SignedLink, User
from crm.models.links import LinkQuery
from crm.tokens import digest_of

SECRET_BYTES = 24
AGENT_LENGTH = 300


def make_link(
    purpose: SignedLink.Purpose,
    *,
    subject_id: int,
    recipient: str,
    by: User | None,
    at: datetime,
    expires_at: datetime,
) -> tuple[SignedLink, str]:
    """A new link and its secret; the secret is known only now and goes into the address."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = SignedLink.objects.create(
        digest=digest_of(secret),
        purpose=purpose,
        subject_id=subject_id,
        recipient=recipient,
        made_by=by,
        made_at=at,
        expires_at=expires_at,
    )
    return link, secret


def find_link(secret: str, purpose: SignedLink.Purpose, *, at: datetime) -> SignedLink | None:
    """The usable link of this purpose, or None when it is unknown, ended or revoked."""
    return SignedLink.objects.usable(at=at).filter(digest=digest_of(secret), purpose=purpose).first()


def log_opening(link: SignedLink, request: HttpRequest, *, at: datetime) -> LinkOpening:
    return LinkOpening.objects.create(
        link=link,
        at=at,
        method=(request.method or "")[:4],
        address=request.META.get("REMOTE_ADDR") or None,
        user_agent=request.headers.get("User-Agent", "")[:AGENT_LENGTH],
    )


def revoke_link(link: SignedLink, *, at: datetime) -> None:
    """Safe to repeat: the first moment stays."""
    SignedLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at)


def open_links(purpose: SignedLink.Purpose, *, subject_id: int, at: datetime) -> LinkQuery:
    """Links to a thing that still open, the newest first."""
    usable = SignedLink.objects.usable(at=at)
    return usable.filter(purpose=purpose, subject_id=subject_id).order_by("-made_at", "-pk")


def revoke_links(purpose: SignedLink.Purpose, *, subject_id: int, at: datetime) -> int:
    """Ends every link to a thing that is still open; says how many."""
    found = list(open_links(purpose, subject_id=subject_id, at=at))
    for link in found:
        revoke_link(link, at=at)
    return len(found)
