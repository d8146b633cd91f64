"""Signing and sending, by the Standard Webhooks specification 1.0: at least once, retried for about three days.

A try is claimed before it is made, so two workers never make the same one, and a worker that dies leaves its claim to
run out. The receiver tells repeated messages by `webhook-id`, which stays the same.
"""

import base64
import hashlib
import hmac
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from crm.models import Webhook, WebhookDelivery
from crm.models.webhooks import SECRET_PREFIX
from crm.webhooks.addresses import Target, find_target
from crm.webhooks.outbox import pause_webhook

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""How long to wait after the first try, the second, ...; after the last wait comes the last try."""

CLAIM = timedelta(minutes=2)
TIMEOUT = Timeout(connect=5, read=10)
BATCH, AT_ONCE, ANSWER_BYTES = 100, 8, 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try; a status of 0 means that nobody answered."""

    status: int
    answer: str

    @property
    def is_delivered(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def send_deliveries(*, at: datetime) -> int:
    """Makes one try for each message that is due; says how many. Safe to run twice and at once."""
    rows = claim_deliveries(at=at)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda row: post_message(row, at=at), rows))
    for row, outcome in zip(rows, outcomes, strict=True):
        record_outcome(row, outcome, at=at)
    return len(rows)


@transaction.atomic
def claim_deliveries(*, at: datetime) -> list[WebhookDelivery]:
    """Messages that are due, theirs alone for two minutes."""
    due = WebhookDelivery.objects.due(at=at).select_related("webhook").order_by("next_try_at", "pk")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    ids = [row.pk for row in rows]
    WebhookDelivery.objects.filter(pk__in=ids).update(next_try_at=at + CLAIM)
    return rows


def post_message(row: WebhookDelivery, *, at: datetime) -> Outcome:
    """One try; no redirect is followed, and only the beginning of an answer is read."""
    body = row.body.encode()
    try:
        target = find_target(row.webhook.url)
        with _open(target) as pool:
            headers = {**signed_headers(row, body, at=at), "Host": _host(target)}
            answer = pool.request(
                "POST", target.path, body=body, headers=headers, redirect=False, preload_content=False
            )
            return Outcome(answer.status, _beginning(answer))
    except ValidationError as refused:
        return Outcome(0, refused.messages[0])
    except (HTTPError, OSError) as exc:
        return Outcome(0, f"{type(exc).__name__}: {exc}"[:ANSWER_BYTES])


def signed_headers(row: WebhookDelivery, body: bytes, *, at: datetime) -> Mapping[str, str]:
    stamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Anchor-Webhooks/1",
        "webhook-id": str(row.message_id),
        "webhook-timestamp": stamp,
        "webhook-signature": sign(row.webhook.secret, str(row.message_id), stamp, body),
    }


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


@transaction.atomic
def record_outcome(row: WebhookDelivery, outcome: Outcome, *, at: datetime) -> None:
    """Keeps what came of a try and sets the next one; a webhook that never answers is paused with the reason."""
    row.tries += 1
    row.status_code, row.answer, row.answered_at = outcome.status or None, outcome.answer, at
    gone = outcome.status == HTTPStatus.GONE
    if outcome.is_delivered:
        row.state, row.next_try_at = WebhookDelivery.State.DELIVERED, None
    elif gone or row.tries > len(WAITS):
        row.state, row.next_try_at = WebhookDelivery.State.FAILED, None
    else:
        row.next_try_at = at + WAITS[row.tries - 1] * random.uniform(1, 1.1)  # noqa: S311 (spreads load)
    row.save(update_fields=["tries", "status_code", "answer", "answered_at", "state", "next_try_at"])
    if gone:
        pause_webhook(row.webhook, because=_("The receiver answered 410: it wants no more messages."), at=at)
    elif row.state == WebhookDelivery.State.FAILED and _is_silent(row.webhook, since=row.made_at):
        pause_webhook(row.webhook, because=_("No message arrived for days."), at=at)


def _is_silent(webhook: Webhook, *, since: datetime) -> bool:
    arrived = webhook.deliveries.filter(state=WebhookDelivery.State.DELIVERED, answered_at__gt=since)
    return not arrived.exists()


def _open(target: Target) -> HTTPConnectionPool:
    """A connection to the judged address; the certificate must be that of the name."""
    if target.scheme == "http":
        return HTTPConnectionPool(target.ip, target.port, timeout=TIMEOUT, retries=False)
    return HTTPSConnectionPool(
        target.ip,
        target.port,
        timeout=TIMEOUT,
        retries=False,
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _host(target: Target) -> str:
    usual = {"https": 443, "http": 80}[target.scheme]
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.port == usual else f"{name}:{target.port}"


def _beginning(answer: BaseHTTPResponse) -> str:
    return answer.read(ANSWER_BYTES).decode(errors="replace").replace("\x00", "")[:ANSWER_BYTES]
