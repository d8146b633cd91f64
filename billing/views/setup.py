"""The first-run guide: step by step from an empty firm to one that can work; every step may be skipped and resumed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms import setup as parts
from billing.models import Rate, Series, VatRate
from clients.forms.firm import TierPolicyForm
from clients.imports.kinds import kinds
from clients.models import BankAccount, ImportBatch, Seller, TierPolicy
from crm.access import Role
from crm.models import Firm, User
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

DONE, SKIPPED = "done", "skipped"
type Part = tuple[str, forms.BaseForm]


@dataclass(frozen=True, slots=True)
class Step:
    """`build` gives the forms of the step with their headings; a step without forms leads to other pages."""

    code: str
    title: str | Promise
    text: str | Promise
    build: Callable[[Any], list[Part]] | None = None


def active_sellers() -> Sequence[Seller]:
    return list(Seller.objects.filter(is_active=True).prefetch_related("bank_accounts"))


def company_parts(data: Any) -> list[Part]:
    firm: list[Part] = [(_("The firm"), parts.FirmNameForm(data, instance=Firm.load(), prefix="firm"))]
    for seller in Seller.objects.prefetch_related("bank_accounts"):
        account = next(iter(seller.bank_accounts.all()), BankAccount(seller=seller, currency=seller.currency))
        firm.append(
            (f"{seller.country} · {seller.currency}", parts.CompanyForm(data, instance=seller, prefix=seller.code))
        )
        firm.append((_("Bank account"), parts.AccountForm(data, instance=account, prefix=f"{seller.code}-account")))
    return firm


def currency_parts(data: Any) -> list[Part]:
    return [(_("Base currency"), parts.CurrencyForm(data, instance=Firm.load(), prefix="firm"))]


def vat_parts(data: Any) -> list[Part]:
    regimes: list[Part] = [
        (seller.name, parts.VatForm(data, instance=seller, prefix=seller.code)) for seller in active_sellers()
    ]
    return [*regimes, (_("Another VAT rate"), parts.VatRateForm(data, prefix="rate"))]


def series_parts(data: Any) -> list[Part]:
    rows = Series.objects.filter(seller__is_active=True).select_related("seller")
    return [
        (f"{row.seller.name}: {row.get_kind_display()}", parts.SeriesForm(data, instance=row, prefix=f"series{row.pk}"))
        for row in rows
    ]


def rate_parts(data: Any) -> list[Part]:
    found: list[Part] = []
    for seller in active_sellers():
        plain = Rate.objects.filter(seller=seller, client=None, employee=None, service_line=None)
        fresh = Rate(seller=seller, currency=seller.currency, price_includes_tax=seller.price_includes_tax)
        rate = plain.valid(on=timezone.localdate()).first() or fresh
        found.append((seller.name, parts.DefaultRateForm(data, instance=rate, prefix=seller.code)))
    return found


def tier_parts(data: Any) -> list[Part]:
    return [(str(row), TierPolicyForm(data, instance=row, prefix=row.tier)) for row in TierPolicy.objects.all()]


STEPS = (
    Step(
        "company",
        gettext_lazy("Companies"),
        gettext_lazy("Who signs and invoices. Untick a company that you do not have."),
        company_parts,
    ),
    Step(
        "currency", gettext_lazy("Currency"), gettext_lazy("In which currency the firm counts itself."), currency_parts
    ),
    Step(
        "vat",
        gettext_lazy("VAT"),
        gettext_lazy("Statutory rates are here already; say how each company charges them."),
        vat_parts,
    ),
    Step(
        "series",
        gettext_lazy("Numbers"),
        gettext_lazy("How documents are numbered. Go on where your last program stopped."),
        series_parts,
    ),
    Step(
        "rates",
        gettext_lazy("Rates"),
        gettext_lazy("What an hour costs. Rates by person, service or client can follow."),
        rate_parts,
    ),
    Step(
        "tiers",
        gettext_lazy("Tiers"),
        gettext_lazy("How each level of client is treated. The defaults are a good start."),
        tier_parts,
    ),
    Step("people", gettext_lazy("People"), gettext_lazy("Invite your colleagues by mail, each with their roles.")),
    Step(
        "import",
        gettext_lazy("Import"),
        gettext_lazy("Bring clients first, then their people, then the package balances."),
    ),
)


def first_step(user: User) -> str:
    """For crm.web.navigation: a partner of a fresh firm starts in the guide."""
    if not user.is_in(Role.PARTNER):
        return ""
    firm = Firm.objects.first()
    return reverse("billing:setup") if firm is not None and firm.is_fresh else ""


@require_safe
@requires("firm.change")
def setup(_request: SignedIn) -> HttpResponse:
    """Resumes at the first step that is open."""
    taken = Firm.load().setup_steps
    step = next((step for step in STEPS if step.code not in taken), STEPS[0])
    return redirect("billing:setup_step", step.code)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("firm.change")
def setup_step(request: SignedIn, code: str) -> HttpResponse:
    step = step_named(code)
    built = step.build(posted(request)) if step.build else []
    if request.method == "POST" and save_parts([form for _heading, form in built]):
        return onward(request, step, DONE)
    answer = respond_422 if any(form.errors for _heading, form in built) else page
    return answer(request, "billing/setup_step.html", step_context(step, built))


@require_POST
@requires("firm.change")
def setup_skip(request: SignedIn, code: str) -> HttpResponse:
    return onward(request, step_named(code), SKIPPED)


def step_named(code: str) -> Step:
    for step in STEPS:
        if step.code == code:
            return step
    raise Http404


@transaction.atomic
def save_parts(built: Sequence[forms.BaseForm]) -> bool:
    """All or nothing; a part that was left empty is passed over."""
    wrong = [form for form in built if not form.is_valid()]  # every one says what is wrong with it
    if wrong:
        return False
    for form in built:
        if isinstance(form, forms.ModelForm) and form.has_changed():
            form.save()
    return True


def onward(request: SignedIn, step: Step, how: str) -> HttpResponse:
    """Remembers the step and goes to the next one; after the last the firm is set up."""
    with transaction.atomic():
        Firm.load()
        firm = Firm.objects.select_for_update().get(pk=1)
        firm.setup_steps = {**firm.setup_steps, step.code: how}
        place = [each.code for each in STEPS].index(step.code)
        if place + 1 == len(STEPS):
            firm.onboarded_at = firm.onboarded_at or timezone.now()
        firm.save(update_fields=["setup_steps", "onboarded_at"])
    if place + 1 < len(STEPS):
        return redirect("billing:setup_step", STEPS[place + 1].code)
    flash(request, _("Your firm is set up. You find every step in the settings."))
    return redirect("home")


def step_context(step: Step, built: list[Part]) -> dict[str, Any]:
    taken = Firm.load().setup_steps
    place = STEPS.index(step)
    return {
        "step": step,
        "parts": built,
        "steps": [(each, taken.get(each.code, ""), each is step) for each in STEPS],
        "number": place + 1,
        "taken_percent": round(100 * len(taken) / len(STEPS)),
        "is_last": place + 1 == len(STEPS),
        "vat_rates": VatRate.objects.all() if step.code == "vat" else None,
        "people": User.objects.working() if step.code == "people" else None,
        "kinds": kinds() if step.code == "import" else None,
        "batches": ImportBatch.objects.all()[:5] if step.code == "import" else None,
    }
