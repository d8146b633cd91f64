"""Webhooks in the settings and over the API: a partner's alone, the secret once."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import AuditEntry, Webhook, WebhookDelivery
from crm.webhooks.outbox import send_test
from tests.make import Cast, browser_of, make_api

pytestmark = pytest.mark.django_db
URL = "https://example.com/anchor"


def listen() -> Webhook:
    return Webhook.objects.create(url=URL, events=["client.created"])


def test_a_new_webhook_shows_its_secret_once(cast: Cast) -> None:
    browser = browser_of(cast.partner)
    response = browser.post(reverse("crm:webhook_new"), {"url": URL, "events": ["client.created", "invoice.issued"]})
    webhook = Webhook.objects.get()
    assert (webhook.made_by, webhook.events) == (cast.partner, ["client.created", "invoice.issued"])
    first = browser.get(response.headers["Location"]).content.decode()
    assert webhook.secret in first
    assert webhook.secret not in browser.get(response.headers["Location"]).content.decode()
    assert webhook.secret not in str([entry.new for entry in AuditEntry.objects.filter(table_name="crm_webhook")])


@pytest.mark.parametrize(
    "wrong", [{"url": "https://10.0.0.1/"}, {"url": "no address"}, {"events": []}, {"events": ["x"]}]
)
def test_a_wrong_webhook_is_asked_for_again_with_what_was_typed(cast: Cast, wrong: dict[str, Any]) -> None:
    data = {"url": URL, "events": ["client.created"], **wrong}
    response = browser_of(cast.partner).post(reverse("crm:webhook_new"), data)
    assert (response.status_code, Webhook.objects.count()) == (422, 0)
    assert str(data["url"]) in response.content.decode()


def test_the_page_pauses_resumes_tests_replays_and_deletes(cast: Cast) -> None:
    browser, webhook = browser_of(cast.partner), listen()
    browser.post(reverse("crm:webhook_pause", args=[webhook.pk]))
    assert not Webhook.objects.listening().exists()
    browser.post(reverse("crm:webhook_pause", args=[webhook.pk]))
    assert Webhook.objects.listening().exists()
    browser.post(reverse("crm:webhook_test", args=[webhook.pk]))
    sent = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state="failed", next_try_at=None, tries=10)
    browser.post(reverse("crm:webhook_replay", args=[webhook.pk]), {"delivery": sent.pk})
    sent.refresh_from_db()
    assert (sent.state, sent.tries) == ("waiting", 0)
    assert "1 message still waits" in browser.get(reverse("crm:webhook_delete", args=[webhook.pk])).content.decode()
    browser.post(reverse("crm:webhook_delete", args=[webhook.pk]))
    assert not Webhook.objects.exists()


def test_all_that_were_given_up_are_sent_again_at_once(cast: Cast) -> None:
    webhook = listen()
    for state, moment in (("failed", None), ("failed", None), ("delivered", None), ("waiting", timezone.now())):
        sent = send_test(webhook, at=timezone.now())
        WebhookDelivery.objects.filter(pk=sent.pk).update(state=state, next_try_at=moment)
    browser_of(cast.partner).post(reverse("crm:webhook_replay", args=[webhook.pk]))
    assert WebhookDelivery.objects.filter(state="waiting").count() == 3


def test_the_page_asks_the_database_as_often_for_fifty_messages_as_for_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    webhook = listen()
    for _number in range(50):
        send_test(webhook, at=timezone.now())
    browser = browser_of(cast.partner)
    with django_assert_max_num_queries(9):
        browser.get(reverse("crm:webhook", args=[webhook.pk]))


def test_the_api_shows_the_secret_in_the_answer_that_makes_it_and_never_again(cast: Cast) -> None:
    api = make_api(cast.partner)
    made = api.post("/api/v1/webhooks/", {"url": URL, "events": ["invoice.issued"]}).json()
    assert made["secret"] == Webhook.objects.get().secret
    assert api.get(f"/api/v1/webhooks/{made['id']}/").json()["secret"] is None
    own = "whsec_" + "A" * 32
    assert api.post("/api/v1/webhooks/", {"url": URL, "events": ["ping.x"], "secret": own}).status_code == 400
    assert api.post("/api/v1/webhooks/", {"url": URL, "events": ["offer.sent"], "secret": own}).json()["secret"] == own


@pytest.mark.parametrize(
    ("wrong", "attr"),
    [
        ({"url": "https://192.168.1.1/"}, "url"),
        ({"url": "http://example.com/"}, "url"),
        ({"events": []}, "events"),
        ({"events": "invoice.issued"}, "events"),
        ({"secret": "short"}, "secret"),
    ],
)
def test_the_api_names_the_wrong_field(cast: Cast, wrong: dict[str, Any], attr: str) -> None:
    body = {"url": URL, "events": ["invoice.issued"], **wrong}
    response = make_api(cast.partner).post("/api/v1/webhooks/", body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"].startswith(attr)


def test_the_api_tests_pauses_and_replays(cast: Cast) -> None:
    api, webhook = make_api(cast.partner), listen()
    sent = api.post(f"/api/v1/webhooks/{webhook.pk}/test/")
    assert (sent.status_code, sent.json()["event"]) == (202, "ping")
    assert api.post(f"/api/v1/webhooks/{webhook.pk}/pause/", {"reason": "moving"}).json()["paused_because"] == "moving"
    assert api.post(f"/api/v1/webhooks/{webhook.pk}/resume/").json()["paused_at"] is None
    shown = api.get(f"/api/v1/webhook-deliveries/?webhook={webhook.pk}&state=waiting").json()["results"]
    assert [row["id"] for row in shown] == [sent.json()["id"]]
    again = api.post(f"/api/v1/webhook-deliveries/{sent.json()['id']}/replay/")
    assert (again.status_code, again.json()["tries"]) == (202, 0)
    codes = [each["code"] for each in api.get("/api/v1/webhooks/events/").json()]
    assert {"client.created", "invoice.issued", "survey_response.created"} <= set(codes)


def test_nobody_else_learns_of_webhooks(cast: Cast) -> None:
    webhook = listen()
    for user in (cast.manager, cast.consultant, cast.finance):
        assert browser_of(user).get(reverse("crm:webhook", args=[webhook.pk])).status_code == 404
        assert make_api(user).get(f"/api/v1/webhooks/{webhook.pk}/").status_code == 404
        assert make_api(user).post("/api/v1/webhooks/", {}).status_code == 403
