"""One click at a logged call or meeting makes time of it; the button comes onto the client's pages from here."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.services.touches import log_touch, touch_entries
from billing.views.time import week_url
from clients.models import Client, Interaction
from clients.panels import ShownAct
from clients.views.acting import settled
from crm.access import may
from crm.models import User
from crm.web.formats import write_clock
from crm.web.fragments import after_act, warn
from crm.web.rights import SignedIn, requires


@require_POST
@requires("time.log")
def time_touch(request: SignedIn, pk: int) -> HttpResponse:
    """Whoever took part logs their own time, for a client that they see."""
    rows = Interaction.objects.visible_to(request.user).filter(
        employees=request.user, client__in=Client.objects.visible_to(request.user)
    )
    row = get_object_or_404(rows.select_related("client__merged_into"), pk=pk)
    try:
        entry = log_touch(row, by=request.user, at=timezone.now())
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return after_act(request, reverse("clients:client_timeline", args=[row.client_id]))
    words = _("%(time)s for %(client)s saved.") % {"time": write_clock(entry.minutes), "client": entry.client}
    return settled(
        request, words, undo=reverse("billing:time_delete", args=[entry.pk]), fallback=week_url(entry.worked_on)
    )


def time_of_touches(user: User, rows: Sequence[Interaction]) -> Mapping[int, ShownAct]:
    """For contacts with minutes in which the person took part: the button, or the week in which the time stands."""
    if not may(user, "time.log"):
        return {}
    own = [row for row in rows if row.minutes and user.pk in {person.pk for person in row.employees.all()}]
    logged = touch_entries(user, [row.pk for row in own]) if own else {}
    return {row.pk: _button(row, week_url(logged[row.pk].worked_on) if row.pk in logged else "") for row in own}


def _button(row: Interaction, week: str) -> ShownAct:
    if week:
        return ShownAct(_("Logged as time"), "clock-check", week, is_done=True)
    words = _("Log %(time)s as time") % {"time": write_clock(row.minutes or 0)}
    return ShownAct(words, "clock-plus", reverse("billing:time_touch", args=[row.pk]))
