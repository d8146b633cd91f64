"""`Idempotency-Key` on any POST: the answer is written in one transaction with its effect and given again for a day.

Keys are per user and path. A claim is committed before the work begins, so a second request sees that the first runs;
a claim whose process died is taken over after a few minutes.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from django.db import transaction
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from crm.api.errors import Conflict
from crm.models import IdempotencyKey

KEPT = timedelta(hours=24)
DEAD_AFTER = timedelta(minutes=5)
HEADERS = ("Location", "ETag")


def claim_key(request: Request, *, at: datetime) -> IdempotencyKey | None:
    """The claim of this request, new or already answered; None without a key. Raises Conflict, ValidationError."""
    key = request.headers.get("Idempotency-Key", "")
    if not key or request.method != "POST":
        return None
    if len(key) > 200:
        raise ValidationError({"Idempotency-Key": [_("A key has at most 200 characters.")]})
    digest = body_digest(request.data)
    mine = IdempotencyKey.objects.filter(user=request.user.pk, path=request.path[:200])
    mine.filter(started_at__lte=at - KEPT).delete()
    claim, made = mine.get_or_create(
        key=key,
        defaults={
            "user_id": cast("int", request.user.pk),
            "path": request.path[:200],
            "body_digest": digest,
            "started_at": at,
        },
    )
    return claim if made else _claimed_before(claim, digest, at)


def _claimed_before(claim: IdempotencyKey, digest: str, at: datetime) -> IdempotencyKey:
    if claim.body_digest != digest:
        raise Conflict(_("This key was used with another body."), "idempotency_mismatch")
    if claim.answered_at is None:
        dead = IdempotencyKey.objects.filter(pk=claim.pk, answered_at=None, started_at__lt=at - DEAD_AFTER)
        if not dead.update(started_at=at):
            raise Conflict(_("The first request with this key is still running."), "idempotency_running")
    return claim


def body_digest(body: Any) -> str:
    """The same for bodies that mean the same: key order and spaces do not matter, a file counts by its content."""
    pairs = sorted(body.lists()) if hasattr(body, "lists") else body
    return sha256(json.dumps(pairs, sort_keys=True, default=_content).encode()).hexdigest()


def _content(value: Any) -> str:
    if not hasattr(value, "chunks"):
        return str(value)
    digest = sha256(b"".join(value.chunks())).hexdigest()
    value.seek(0)
    return digest


def given_answer(claim: IdempotencyKey) -> Response | None:
    """The answer given before, marked as such; None while there is none."""
    if claim.answered_at is None:
        return None
    kept = claim.answer or {}
    headers = {**kept.get("headers", {}), "Idempotent-Replayed": "true"}
    return Response(json.loads(kept.get("body", "null")), status=claim.status_code, headers=headers)


def keep_answer(claim: IdempotencyKey, response: HttpResponseBase, *, at: datetime) -> None:
    """Files are not kept: their claim is given back, and the same request makes them again.

    The body is kept as text: a refusal may quote what the database takes in no JSON of its own, such as NUL.
    """
    if not isinstance(response, Response) or response.status_code >= 500:
        claim.delete()
        return
    headers = {name: response[name] for name in HEADERS if name in response}
    claim.answer = {"body": json.dumps(response.data, cls=JSONEncoder), "headers": headers}
    claim.status_code = response.status_code
    claim.answered_at = at
    claim.save(update_fields=["answer", "status_code", "answered_at"])


def answer_once(claim: IdempotencyKey | None, act: Callable[[], HttpResponseBase], *, at: datetime) -> HttpResponseBase:
    """Runs `act` in one transaction with the memory of its answer, unless the answer is known."""
    with transaction.atomic():
        if claim is None:
            return act()
        known = given_answer(claim)
        if known is not None:
            return known
        response = act()
        keep_answer(claim, response, at=at)
        return response
