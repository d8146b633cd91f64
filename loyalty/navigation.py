"""Loyalty's places in the shell and its panels on the client card."""

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Task
from clients.panels import Panel, Place, register_panel
from clients.reports.kinds import OTHER, Kind, register_kind
from clients.rules.first_order import Step
from clients.services.first_orders import register_step_page
from crm.access import Role
from crm.models import User
from crm.web.navigation import Badge, NavItem, Section, register
from crm.web.settings_index import Setting, register_setting
from loyalty.services.loops import DETRACTOR


def open_loops(user: User, on: date) -> Badge | None:
    """Detractors whom nobody has called yet; red once one of them is late."""
    loops = Task.objects.filter(assignee=user, kind=DETRACTOR).unfinished()
    count = loops.count()
    if not count:
        return None
    late = loops.filter(due_at__date__lt=on).exists()
    words = ngettext("%(count)s critic to call", "%(count)s critics to call", count) % {"count": count}
    return Badge(str(count), late=late, words=words)


PARTNER, MANAGER, CONSULTANT, FINANCE = Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT, Role.FINANCE


def register_places() -> None:
    register(
        _place("portfolio", _("Portfolio"), "chart-donut-3", "portfolio", PARTNER, key="d"),
        _place("loyalty", _("Loyalty"), "mood-smile", "nps", PARTNER, MANAGER, badge=open_loops, key="l"),
        _place("health", _("Health"), "heartbeat", "health_list", PARTNER, MANAGER),
        _place("loyalty_tests", _("Loyalty tests"), "clipboard-check", "test_list", PARTNER, MANAGER),
        _place("ideas", _("Ideas"), "bulb", "idea_list", PARTNER, MANAGER, CONSULTANT),
        _place("consultants", _("Quality of work"), "users-group", "consultant_list", PARTNER),
        _place("retention", _("Retention"), "anchor", "retention", PARTNER, MANAGER),
        _place("lost", _("Lost clients"), "door-exit", "lost_list", PARTNER, MANAGER, key="x"),
        _place("value", _("Lifetime value"), "coin", "value_list", PARTNER, MANAGER, FINANCE),
        _place("calculators", _("Calculators"), "calculator", "calculators", PARTNER, MANAGER),
    )
    register_panels()
    register_step_page(Step.LOYALTY, "loyalty:test_edit", "loyalty_test.change")
    register_settings()
    register_kind(
        Kind("loyalty_test", OTHER, _("Hold the test"), "clipboard-check"),
        Kind("loyalty_blank", OTHER, _("Answer it"), "clipboard-check"),
        Kind("idea", OTHER, _("Open the idea"), "bulb"),
    )


def _place(code: str, label: Promise, icon: str, url: str, *roles: Role, **more: Any) -> NavItem:
    return NavItem(code, label, icon, f"loyalty:{url}", Section.INSIGHT, frozenset(roles), **more)


def register_panels() -> None:
    """What loyalty shows on the pages of a client."""
    register_panel(
        Panel("next", _("Next best action"), "loyalty:next_panel", "health.see", Place.NEXT, "bulb"),
        Panel("health", _("Health"), "loyalty:health_panel", "health.see", Place.MAIN, "heartbeat"),
        Panel("value", _("Lifetime value"), "loyalty:value_panel", "value.see", Place.ASIDE, "coin"),
        Panel("ideas", _("Ideas"), "loyalty:client_ideas", "idea.see", Place.MAIN, "bulb"),
        Panel(
            "badge",
            _("Lifetime value"),
            "loyalty:value_badge",
            "value.see",
            Place.VALUE,
            anywhere=frozenset({Role.FINANCE}),
        ),
        Panel(
            "how",
            _("Lifetime value"),
            "loyalty:value_how",
            "value.see",
            Place.HOW,
            anywhere=frozenset({Role.FINANCE}),
        ),
        Panel("typical", _("Typical new client"), "loyalty:value_typical", "value.see", Place.NEW_CLIENT, "coin"),
    )


def register_settings() -> None:
    register_setting(
        Setting(
            "loyalty_policy",
            _("Value and loyalty"),
            _("Years, bands, limits of concentration, pauses of surveys."),
            "coin",
            "loyalty:policy_edit",
            "loyalty_policy.change",
        ),
        Setting(
            "health_weights",
            _("Weights of health"),
            _("How many points each factor of the scorecard counts, in versions."),
            "heartbeat",
            "loyalty:health_weights",
            "loyalty_policy.change",
        ),
        Setting(
            "firm_figures",
            _("Figures of the firm"),
            _("Cash and fixed cost on a day, for the stress test."),
            "building-bank",
            "loyalty:firm_figure_list",
            "firm_figure.change",
        ),
    )
