"""Discounts by client and tier: what holds, what waits for a partner, what ended."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.discounts import DiscountForm
from billing.models import Discount
from billing.services.discounts import ask_for_discount, decide_discount, end_discount
from billing.services.spreads import PriceSpread, price_spreads
from clients.models import Client
from clients.views.acting import act_once, answer, own, valued_page
from crm.access import Role, may
from crm.models import Firm, User
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_safe
@requires("discount.see")
def discount_list(request: SignedIn) -> HttpResponse:
    rows = Discount.objects.visible_to(request.user)
    rows = rows.select_related(
        "client", "service_line", "engagement", "offer", "retainer", "rate", "made_by", "decided_by"
    )
    context = {
        "page": valued_page(request, rows),
        "may_change": may(request.user, "discount.change"),
        "changeable": set(Discount.objects.changeable_by(request.user).values_list("pk", flat=True)[:1000]),
        "may_decide": may(request.user, "discount.approve"),
        "decidable": decidable_by(request.user),
        "spreads": _spreads(request.user),
    }
    return page(request, "billing/discount_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("discount.change")
def discount_new(request: SignedIn) -> HttpResponse:
    """Asks for a discount; within the ceiling of the tier it holds at once."""
    for_all = request.user.is_in(Role.PARTNER, Role.FINANCE)
    own_clients = Client.objects.all() if for_all else Client.objects.owned_by(request.user)
    clients = own_clients.current().order_by("name", "pk")
    first = {"valid_from": timezone.localdate()}
    form = DiscountForm(request.POST or None, initial=first, clients=clients, for_tiers=for_all)
    return answer(
        request,
        form,
        lambda: ask_for_discount(form.instance, by=request.user, at=timezone.now()),
        template="billing/discount_new.html",
        context={},
        said=_said,
        fallback=reverse("billing:discount_list"),
    )


@require_POST
@requires("discount.approve")
def discount_decide(request: SignedIn, pk: int) -> HttpResponse:
    """Yes, or no with `?refuse`."""
    discount, approved = _discount(request, pk), "refuse" not in request.POST
    return act_once(
        request,
        lambda: decide_discount(discount, approved=approved, by=request.user, at=timezone.now()),
        _("The discount is approved.") if approved else _("The discount is refused."),
        fallback=reverse("billing:discount_list"),
    )


@require_POST
@requires("discount.change")
def discount_end(request: SignedIn, pk: int) -> HttpResponse:
    discount = own(Discount.objects.all(), request.user, pk)
    return act_once(
        request,
        lambda: end_discount(discount, on=timezone.localdate()),
        _("The discount ends today."),
        fallback=reverse("billing:discount_list"),
    )


def decidable_by(user: User) -> set[int]:
    """Nobody decides about what they asked for, unless the firm is small."""
    rows = Discount.objects.visible_to(user).waiting()
    others = rows if Firm.load().small_firm else rows.exclude(made_by=user)
    return set(others.values_list("pk", flat=True)[:1000])


def _spreads(user: User) -> list[PriceSpread]:
    """Services in which somebody pays less than the ordinary price, for who may know what work costs."""
    return [row for row in price_spreads(on=timezone.localdate()) if row.best] if may(user, "cost.see") else []


def _said(discount: Discount) -> str:
    return _("The discount holds.") if discount.approved else _("The discount waits for a partner.")


def _discount(request: SignedIn, pk: int) -> Discount:
    return get_object_or_404(Discount.objects.visible_to(request.user), pk=pk)
