"""Next best actions in words: the title, the evidence, and the page where it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client
from crm.web.formats import write_day, write_hours, write_number
from loyalty.rules.next_action import ActKind
from loyalty.services.next_actions import NextAct


@dataclass(frozen=True, slots=True)
class ShownNext:
    kind: str
    subject: str
    effect: int
    title: str
    evidence: str
    act: str
    url: str


@dataclass(frozen=True, slots=True)
class Here:
    """Whose card the words stand on, and when."""

    client: Client
    today: date


def shown_next(acts: list[NextAct], client: Client, *, today: date) -> list[ShownNext]:
    here = Here(client, today)
    return [ShownNext(act.kind, act.subject, act.effect, *WORDS[act.kind](act, here)) for act in acts]


type Words = tuple[str, str, str, str]
"""Title, evidence, the label of the button and where it leads."""


def _due_promise(act: NextAct, here: Here) -> Words:
    day = write_day(act.about.due_on, here.today)
    words = _("It was due %(day)s.") if act.facts["overdue"] else _("It is due %(day)s.")
    title = _("Keep the promise “%(text)s”") % {"text": act.about.text}
    return title, words % {"day": day}, _("Open the promise"), reverse("clients:promise", args=[act.about.pk])


def _detractor(act: NextAct, here: Here) -> Words:
    person = act.about
    words = _("The last answer was %(score)s; nobody has closed the loop.") % {"score": person.nps_score}
    if act.facts["spoken"]:
        title = _("Close the loop of %(person)s, a critic") % {"person": person}
        return title, words, _("Close the loop"), reverse("loyalty:loop_edit", args=[act.facts["loop"]])
    return _("Call %(person)s, a critic") % {"person": person}, words, _("Log the call"), _interaction(here.client)


def _silence(act: NextAct, here: Here) -> Words:
    days = int(act.facts["days"])
    words = ngettext(
        "Quiet for %(days)s day; usually it is %(usual)s.", "Quiet for %(days)s days; usually it is %(usual)s.", days
    )
    detail = words % {"days": days, "usual": write_number(Decimal(act.facts["usual"]), 1, trim=True)}
    return _("Talk to %(client)s") % {"client": here.client}, detail, _("Log a contact"), _interaction(here.client)


def _unmet_payer(act: NextAct, here: Here) -> Words:
    title = _("Meet %(person)s, who pays") % {"person": act.about}
    days = act.facts["days"]
    if days is None:
        return title, _("Nobody of us has met them yet."), _("Log a meeting"), _interaction(here.client)
    words = ngettext("Nobody has met them for %(days)s day.", "Nobody has met them for %(days)s days.", days)
    return title, words % {"days": days}, _("Log a meeting"), _interaction(here.client)


def _renewal(act: NextAct, here: Here) -> Words:
    title = _("Prepare the renewal of %(name)s") % {"name": act.about.name}
    words = _("It ends on %(day)s and does not renew by itself.") % {"day": write_day(act.facts["last_on"], here.today)}
    return title, words, _("Open the retainer"), reverse("billing:retainer_detail", args=[act.about.pk])


def _low_package(act: NextAct, _here: Here) -> Words:
    title = _("Offer new hours for %(name)s") % {"name": act.about.name}
    words = _("%(left)s of %(bought)s are left.") % {
        "left": write_hours(act.facts["left"]),
        "bought": write_hours(act.about.purchased_minutes),
    }
    return title, words, _("Open the package"), reverse("billing:package_detail", args=[act.about.pk])


def _missing_anchor(act: NextAct, here: Here) -> Words:
    count = len(act.facts["codes"])
    words = ngettext("%(count)s service is used now.", "%(count)s services are used now.", count) % {"count": count}
    return _("Offer another service"), words, _("New offer"), f"{reverse('billing:offer_new')}?client={here.client.pk}"


def _interaction(client: Client) -> str:
    return f"{reverse('clients:interaction_new')}?client={client.pk}"


WORDS: Mapping[ActKind, Callable[[NextAct, Here], Words]] = {
    ActKind.DUE_PROMISE: _due_promise,
    ActKind.DETRACTOR: _detractor,
    ActKind.SILENCE: _silence,
    ActKind.UNMET_PAYER: _unmet_payer,
    ActKind.RENEWAL: _renewal,
    ActKind.LOW_PACKAGE: _low_package,
    ActKind.MISSING_ANCHOR: _missing_anchor,
}


def next_shape(act: ShownNext) -> dict[str, Any]:
    """As the API says it."""
    return {
        "kind": act.kind,
        "subject": int(act.subject) if act.subject else None,
        "effect_points": act.effect,
        "title": act.title,
        "evidence": act.evidence,
    }
