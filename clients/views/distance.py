"""Distance: declared relationships, the register of social contacts and hospitality, the cap of gifts."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.exports import HOSPITALITY, RELATIONSHIPS
from clients.filters.channels import HospitalityFilter, RelationshipListFilter
from clients.forms.channels import DistanceForm, RelationshipEndForm, RelationshipForm
from clients.models import Client, DistancePolicy, Interaction, PersonalRelationship
from clients.reports.hospitality import with_gifts
from clients.reports.shown import base_currency, valued
from clients.services.distance import declare_relationship
from clients.views.acting import answer, own, valued_page
from clients.views.channels import ACT, FOR_PERSON
from clients.views.edits import FORM
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import page
from crm.web.pages import asked_id, paginate, stable
from crm.web.rights import SignedIn, requires


@require_safe
@requires("relationship.see")
def relationship_list(request: SignedIn) -> HttpResponseBase:
    """One's own; a partner sees all."""
    rows = PersonalRelationship.objects.visible_to(request.user).select_related("client", "contact", "employee")
    found = RelationshipListFilter(request.GET, rows.order_by("ended_on", "-declared_on", "-pk"), request=request)
    if form := request.GET.get("format"):
        return export_response(request, found.qs, RELATIONSHIPS, form=form)
    context = {"filter": found, "page": valued_page(request, found.qs)}
    return page(request, "clients/relationship_list.html", context, fragment="rows")


@FORM
@requires("relationship.change")
def relationship_new(request: SignedIn) -> HttpResponse:
    client = Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()
    row = PersonalRelationship(employee=request.user, **({"client": client} if client else {}))
    first = {"client": client, "declared_on": timezone.localdate()}
    form = RelationshipForm(request.POST or None, instance=row, user=request.user, initial=first)
    if "part" in request.GET:
        return page(request, FOR_PERSON, {"form": form}, fragment="people")
    words = _("Partners and you see it. Discounts, goodwill and write-offs for the client then need a second person.")
    return answer(
        request,
        form,
        lambda: declare_relationship(form.filled(), at=timezone.now()),
        template=FOR_PERSON,
        context={"title": _("Declare a relationship"), "lede": words, **_back()},
        said=lambda _row: _("The relationship is declared."),
    )


@FORM
@requires("relationship.change")
def relationship_end(request: SignedIn, pk: int) -> HttpResponse:
    row = own(PersonalRelationship.objects.select_related("client", "contact"), request.user, pk)
    form = RelationshipEndForm(request.POST or None, initial={"ended_on": timezone.localdate()})

    def end() -> PersonalRelationship:
        row.ended_on = form.cleaned_data["ended_on"]
        return declare_relationship(row, at=timezone.now())

    context = {"title": _("The relationship has ended"), "lede": str(row), **_back()}
    return answer(request, form, end, template=ACT, context=context, said=lambda _row: _("It is noted."))


@require_safe
@requires("interaction.see")
def hospitality_list(request: SignedIn) -> HttpResponseBase:
    """Social contacts and hospitality: who began, and why; of own clients the cost and how near guests are to a cap."""
    rows = Interaction.objects.visible_to(request.user).with_shown_cost(request.user)
    hosted = rows.filter(kind__in=Interaction.HOSTED).select_related("client")
    found = HospitalityFilter(request.GET, hosted, request=request)
    sees = may(request.user, "value.amounts")
    if (form := request.GET.get("format")) and sees:
        return export_response(request, stable(found.qs), HOSPITALITY, form=form)
    shown = paginate(request, found.qs.prefetch_related("contacts", "employees"))
    valued(shown.rows, request.user)
    context = {
        "filter": found,
        "page": shown,
        "rows": with_gifts(shown.rows, request.user),
        "currency": base_currency(),
        "sees_cost": sees,
    }
    return page(request, "clients/hospitality_list.html", context, fragment="rows")


@FORM
@requires("distance.change")
def distance_edit(request: SignedIn) -> HttpResponse:
    form = DistanceForm(request.POST or None, instance=DistancePolicy.load())
    return answer(
        request,
        form,
        form.save,
        template=ACT,
        context={
            "title": _("Distance"),
            "lede": _("What a person at a client may receive of us in a year, in %(currency)s.")
            % {"currency": base_currency()},
            "back": reverse("clients:hospitality_list"),
            "back_words": _("Social and hospitality"),
        },
        said=lambda _row: _("The cap is saved."),
    )


def _back() -> dict[str, str]:
    return {"back": reverse("clients:relationship_list"), "back_words": _("Relationships")}
