"""A page offers nobody what the next page would refuse."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tests.make import Cast, make_call, make_client, make_engagement, make_rate

pytestmark = pytest.mark.django_db


def page_for(user: object, name: str, *args: int) -> str:
    browser = Browser()
    browser.force_login(user)  # type: ignore[arg-type]
    return browser.get(reverse(name, args=args)).content.decode()


@pytest.mark.parametrize(
    ("name", "role", "link"),
    [
        ("billing:rate_list", "manager", "billing:rate_new"),
        ("billing:engagement_list", "consultant", "billing:engagement_new"),
        ("billing:retainer_list", "finance", "billing:retainer_new"),
        ("billing:offer_list", "finance", "billing:offer_new"),
        ("billing:invoice_draft", "consultant", "billing:invoice_draft_all"),
        ("clients:today", "finance", "clients:interaction_new"),
    ],
)
def test_a_role_without_the_right_is_shown_no_button(cast: Cast, name: str, role: str, link: str) -> None:
    address = f'href="{reverse(link)}"'
    assert address in page_for(cast.partner, name)
    assert address not in page_for(getattr(cast, role), name)


def test_rows_link_only_to_what_one_may_change(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    engagement = make_engagement(client, lead=cast.manager, members=[cast.consultant])
    rate = make_rate(client=client)
    call = make_call(client, by=cast.manager)
    for name, args, edit, who in (
        ("billing:engagement_list", (), reverse("billing:engagement_edit", args=[engagement.pk]), cast.consultant),
        ("billing:rate_list", (), reverse("billing:rate_edit", args=[rate.pk]), cast.manager),
        ("clients:client", (client.pk,), reverse("clients:interaction_edit", args=[call.pk]), cast.consultant),
    ):
        assert edit in page_for(cast.partner, name, *args)
        assert edit not in page_for(who, name, *args)
