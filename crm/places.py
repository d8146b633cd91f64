"""The foundation's own places: settings of the firm, people, the audit trail, background jobs."""

from django.utils.translation import gettext_lazy as _

from crm.access import STAFF
from crm.history import register_history
from crm.models import Firm, User, Webhook
from crm.web.navigation import NavItem, Section, register, register_profile_part
from crm.web.settings_index import Setting, register_setting

register_profile_part("accounts:calendar")
register(NavItem("settings", _("Settings"), "settings", "crm:settings", Section.FIRM, STAFF))
register_setting(
    Setting(
        "firm", _("The firm"), _("Its name, base currency and who may approve."), "building", "crm:firm", "firm.change"
    ),
    Setting(
        "people",
        _("People"),
        _("Who is here, with which roles; invite and hand over."),
        "users",
        "crm:people",
        "user.see",
    ),
    Setting(
        "audit", _("Audit trail"), _("Who changed what, when and from where."), "history", "crm:audit", "audit.see"
    ),
    Setting("jobs", _("Background jobs"), _("What was reckoned when; run it now."), "refresh", "crm:jobs", "job.see"),
    Setting(
        "webhooks",
        _("Webhooks"),
        _("Which addresses outside are told of what happens here."),
        "webhook",
        "crm:webhooks",
        "webhook.see",
    ),
)
register_history(User, Firm, right="user.change")
register_history(Webhook, right="webhook.see")
