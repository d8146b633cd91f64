"""Webhooks against a real receiver: what is told, signed as the specification says, retried, replayed, refused."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Judge
from standardwebhooks import WebhookVerificationError

from clients.models import Client
from crm.models import Webhook, WebhookDelivery
from crm.webhooks.addresses import check_form, find_target
from crm.webhooks.outbox import collect_events, forget_old_deliveries, pause_webhook, replay, resume_webhook, send_test
from crm.webhooks.secrets import check_secret
from crm.webhooks.sending import WAITS, claim_deliveries, send_deliveries
from tests.make import make_client

State = WebhookDelivery.State


class Receiver:
    """An HTTP server on this machine that keeps what it gets and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer, self.location = 200, b"thanks", ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.end_headers()
                self.wfile.write(outer.answer)

            def log_message(self, *_args: Any) -> None:
                """Nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook?x=1"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_PRIVATE = True
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def listen(url: str, *events: str) -> Webhook:
    return Webhook.objects.create(url=url, events=list(events or ["client.created"]))


def now() -> datetime:
    return timezone.now()


@pytest.mark.django_db
def test_a_change_is_told_once_and_signed_as_the_specification_says(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    client = make_client()
    assert (collect_events(at=now()), collect_events(at=now())) == (1, 0)
    assert (send_deliveries(at=now()), send_deliveries(at=now())) == (1, 0)
    [(headers, body)] = receiver.got
    said = Judge(webhook.secret).verify(body, headers)
    assert said["type"] == "client.created"
    assert said["data"] == {
        "resource": "clients",
        "id": client.pk,
        "url": f"http://127.0.0.1:8000/api/v1/clients/{client.pk}/",
    }
    assert client.name not in body.decode()
    sent = WebhookDelivery.objects.get()
    assert (sent.state, sent.tries, sent.status_code, sent.answer) == (State.DELIVERED, 1, 200, "thanks")
    assert headers["webhook-id"] == said["id"] == str(sent.message_id)


@pytest.mark.django_db
def test_a_message_that_was_changed_on_the_way_does_not_verify(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    send_test(webhook, at=now())
    send_deliveries(at=now())
    [(headers, body)] = receiver.got
    with pytest.raises(WebhookVerificationError):
        Judge(webhook.secret).verify(body.replace(b"ping", b"pong"), headers)


@pytest.mark.django_db
def test_only_chosen_events_that_happened_since_are_told(receiver: Receiver) -> None:
    make_client()
    Webhook.objects.create(url=receiver.url, events=["client.updated"])
    client = make_client(name="Beta")
    Client.objects.filter(pk=client.pk).update(city="Bonn")
    collect_events(at=now())
    assert [row.event for row in WebhookDelivery.objects.all()] == ["client.updated"]


@pytest.mark.django_db
def test_what_happened_while_no_worker_ran_is_told(receiver: Receiver) -> None:
    listen(receiver.url)
    collect_events(at=now())
    make_client()
    assert [collect_events(at=now() + timedelta(hours=hours)) for hours in (30, 60)] == [1, 0]


@pytest.mark.django_db
def test_what_happened_during_a_pause_is_told_after_it(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    collect_events(at=now())
    pause_webhook(webhook, because="holiday", at=now())
    make_client()
    assert collect_events(at=now() + timedelta(hours=2)) == 0
    resume_webhook(webhook)
    assert collect_events(at=now() + timedelta(days=3)) == 1


@pytest.mark.django_db
def test_a_message_that_was_forgotten_is_not_told_again(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    Webhook.objects.filter(pk=webhook.pk).update(created_at=now() - timedelta(days=40))
    make_client()
    collect_events(at=now())
    send_deliveries(at=now())
    later = now() + timedelta(days=31)
    assert forget_old_deliveries(at=later) == 1
    assert collect_events(at=later) == 0


@pytest.mark.django_db
def test_a_change_that_is_undone_is_never_told(receiver: Receiver) -> None:
    listen(receiver.url)
    with suppress(LookupError), transaction.atomic():
        make_client()
        raise LookupError
    assert collect_events(at=now()) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_answered_with_200_is_tried_again_later(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.location = status, receiver.url
    send_test(listen(receiver.url), at=now())
    at = now()
    send_deliveries(at=at)
    sent = WebhookDelivery.objects.get()
    assert (sent.state, sent.tries, sent.status_code, len(receiver.got)) == (State.WAITING, 1, status, 1)
    assert sent.next_try_at is not None
    assert at + WAITS[0] <= sent.next_try_at <= at + WAITS[0] * 1.2
    receiver.status = 204
    send_deliveries(at=at + WAITS[0] * 2)
    sent.refresh_from_db()
    assert (sent.state, sent.tries, receiver.got[0][0]["webhook-id"]) == (
        State.DELIVERED,
        2,
        receiver.got[1][0]["webhook-id"],
    )


@pytest.mark.django_db
def test_after_the_last_try_it_is_given_up_and_the_webhook_paused_with_the_reason(receiver: Receiver) -> None:
    receiver.status = 503
    webhook, at = listen(receiver.url), now()
    send_test(webhook, at=at)
    for wait in (timedelta(0), *WAITS):
        at += wait * 1.2
        send_deliveries(at=at)
    webhook.refresh_from_db()
    assert WebhookDelivery.objects.get().state == State.FAILED
    assert len(receiver.got) == len(WAITS) + 1
    assert (webhook.is_paused, webhook.paused_because) == (True, "No message arrived for days.")


@pytest.mark.django_db
def test_410_ends_it_at_once(receiver: Receiver) -> None:
    receiver.status = 410
    webhook = listen(receiver.url)
    send_test(webhook, at=now())
    send_deliveries(at=now())
    webhook.refresh_from_db()
    assert (webhook.is_paused, WebhookDelivery.objects.get().state) == (True, State.FAILED)


@pytest.mark.django_db
def test_a_paused_webhook_waits_and_a_resumed_one_gets_what_waited(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    send_test(webhook, at=now())
    pause_webhook(webhook, because="holiday", at=now())
    assert send_deliveries(at=now()) == 0
    resume_webhook(webhook)
    assert send_deliveries(at=now()) == 1


@pytest.mark.django_db
def test_a_replay_sends_the_same_message_again(receiver: Receiver) -> None:
    sent = send_test(listen(receiver.url), at=now())
    send_deliveries(at=now())
    assert replay([sent.pk], at=now()) == 1
    send_deliveries(at=now())
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert ids == [str(sent.message_id)] * 2


@pytest.mark.django_db
def test_a_receiver_that_is_not_there_is_named_in_the_answer(receiver: Receiver) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    send_test(listen(f"http://127.0.0.1:{port}/"), at=now())
    send_deliveries(at=now())
    sent = WebhookDelivery.objects.get()
    assert (sent.state, sent.status_code) == (State.WAITING, None)
    assert "refused" in sent.answer


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_claim_each_message_once(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    for _number in range(20):
        send_test(webhook, at=now())
    claimed: list[int] = []
    barrier = threading.Barrier(2)

    def work() -> None:
        from django.db import connection

        barrier.wait()
        claimed.extend(row.pk for row in claim_deliveries(at=now()))
        connection.close()

    workers = [threading.Thread(target=work) for _each in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == len(set(claimed)) == 20


@pytest.mark.django_db
def test_a_worker_that_dies_loses_nothing(receiver: Receiver) -> None:
    send_test(listen(receiver.url), at=now())
    assert len(claim_deliveries(at=now())) == 1
    assert send_deliveries(at=now()) == 0
    assert send_deliveries(at=now() + timedelta(minutes=3)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://localhost/",
        "https://db.internal/",
        "https://name:secret@example.com/",
        "https:///path",
    ],
)
def test_private_addresses_and_other_protocols_are_refused(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        check_form(url)
    assert refused.value.code == "unsafe_address"


def test_a_public_name_that_leads_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_args: Any, **_kwargs: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(ValidationError) as refused:
        find_target("https://rebound.example.com/")
    assert refused.value.code == "unsafe_address"


def test_the_connection_goes_to_the_judged_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("93.184.216.34", 8443))])
    target = find_target("https://example.com:8443/a/b?c=d")
    assert (target.ip, target.host, target.port, target.path) == ("93.184.216.34", "example.com", 8443, "/a/b?c=d")


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "c2VjcmV0", "whsec_%%%", "whsec_" + "A" * 120])
def test_a_weak_secret_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        check_secret(text)


@pytest.mark.django_db
def test_old_messages_are_forgotten_but_never_those_that_wait(receiver: Receiver) -> None:
    webhook = listen(receiver.url)
    done, _waiting = send_test(webhook, at=now()), send_test(webhook, at=now())
    WebhookDelivery.objects.filter(pk=done.pk).update(state=State.DELIVERED, next_try_at=None)
    assert forget_old_deliveries(at=now() + timedelta(days=29)) == 0
    assert forget_old_deliveries(at=now() + timedelta(days=31)) == 1


@pytest.mark.django_db
def test_the_body_is_the_json_that_was_made_and_never_changes(receiver: Receiver) -> None:
    sent = send_test(listen(receiver.url), at=now())
    send_deliveries(at=now())
    assert receiver.got[0][1].decode() == sent.body
    assert json.loads(sent.body)["timestamp"].endswith("Z")
