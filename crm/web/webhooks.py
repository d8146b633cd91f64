"""Webhooks in the settings: addresses, what each is told, what was sent and came of it."""

from typing import Any

import django_filters
from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.jobs import enqueue
from crm.models import Webhook, WebhookDelivery
from crm.tasks import tell_webhooks
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires
from crm.webhooks.addresses import check_form
from crm.webhooks.events import all_events
from crm.webhooks.outbox import pause_webhook, replay, resume_webhook, send_test


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """An address and what it is told."""

    url = forms.URLField(
        label=gettext_lazy("Address"),
        max_length=300,
        assume_scheme="https",
        validators=[check_form],
        help_text=gettext_lazy("An https address in the open internet, for example https://example.com/anchor."),
    )
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Webhook
        fields = ["url", "events"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["events"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 (narrows the type for mypy)
        field.choices = [(code, event.label) for code, event in all_events().items()]


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What was sent, by state and event."""

    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=WebhookDelivery.State.choices)
    event = django_filters.CharFilter(label=gettext_lazy("Event"), lookup_expr="icontains")


@require_safe
@requires("webhook.see")
def webhooks(request: SignedIn) -> HttpResponse:
    return page(request, "crm/webhooks.html", {"page": paginate(request, Webhook.objects.order_by("id"))})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("webhook.change")
def webhook_new(request: SignedIn) -> HttpResponse:
    form = WebhookForm(posted(request), instance=Webhook(made_by=request.user))
    if form.is_valid():
        webhook = form.save()
        request.session[f"webhook-secret-{webhook.pk}"] = webhook.secret
        flash(request, _("%(url)s hears of what you chose from now on.") % {"url": webhook.url})
        return redirect("crm:webhook", webhook.pk)
    return (respond_422 if form.errors else page)(request, "crm/webhook_edit.html", {"form": form}, fragment="dialog")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("webhook.change")
def webhook_edit(request: SignedIn, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    form = WebhookForm(posted(request), instance=webhook)
    if form.is_valid():
        form.save()
        flash(request, _("%(url)s is saved.") % {"url": webhook.url})
        return redirect("crm:webhook", pk)
    context = {"form": form, "webhook": webhook}
    return (respond_422 if form.errors else page)(request, "crm/webhook_edit.html", context, fragment="dialog")


@require_safe
@requires("webhook.see")
def webhook(request: SignedIn, pk: int) -> HttpResponse:
    """One webhook with its messages; its secret once, right after it was made."""
    found = get_object_or_404(Webhook, pk=pk)
    chosen = DeliveryFilter(request.GET, found.deliveries.order_by("-id"), request=request)
    named = [(code, event.label) for code, event in all_events().items() if code in found.events]
    secret = request.session.pop(f"webhook-secret-{pk}", "")
    context = {"webhook": found, "events": named, "secret": secret, "filter": chosen}
    context["page"] = paginate(request, chosen.qs)
    return page(request, "crm/webhook.html", context, fragment="rows")


@require_POST
@requires("webhook.change")
def webhook_test(request: SignedIn, pk: int) -> HttpResponse:
    send_test(get_object_or_404(Webhook, pk=pk), at=timezone.now())
    enqueue(tell_webhooks)
    flash(request, _("A test message is on its way."))
    return redirect("crm:webhook", pk)


@require_POST
@requires("webhook.change")
def webhook_pause(request: SignedIn, pk: int) -> HttpResponse:
    """Pauses one that listens, resumes one that is paused."""
    found = get_object_or_404(Webhook, pk=pk)
    if found.is_paused:
        resume_webhook(found)
        enqueue(tell_webhooks)
        flash(request, _("%(url)s is told again.") % {"url": found.url})
    else:
        pause_webhook(found, because=_("Paused by %(name)s.") % {"name": request.user}, at=timezone.now())
        flash(request, _("%(url)s is paused; what comes up waits.") % {"url": found.url})
    return redirect("crm:webhook", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("webhook.change")
def webhook_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Asks first: messages that wait are lost with it."""
    found = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        found.delete()
        flash(request, _("%(url)s is told no more.") % {"url": found.url})
        return redirect("crm:webhooks")
    waiting = found.deliveries.filter(state=WebhookDelivery.State.WAITING).count()
    return page(request, "crm/webhook_delete.html", {"webhook": found, "waiting": waiting}, fragment="dialog")


@require_POST
@requires("webhook.change")
def webhook_replay(request: SignedIn, pk: int) -> HttpResponse:
    """Sends one message again (`delivery`), or all that were given up."""
    rows = get_object_or_404(Webhook, pk=pk).deliveries.all()
    asked = request.POST.get("delivery", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        rows = rows.filter(pk=int(asked))
    else:
        rows = rows.filter(state=WebhookDelivery.State.FAILED)
    count = replay(list(rows.values_list("pk", flat=True)), at=timezone.now())
    enqueue(tell_webhooks)
    words = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    flash(request, words % {"n": count})
    return redirect("crm:webhook", pk)
