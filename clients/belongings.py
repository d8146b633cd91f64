"""What a colleague who leaves hands over on this floor."""

from django.utils.translation import gettext_lazy as _

from clients.services import handover
from crm.people import Belonging, register_belonging

register_belonging(
    Belonging("clients", _("Own clients"), handover.kept_clients, handover.hand_over_clients, handover.may_keep),
    Belonging("promises", _("Open promises"), handover.open_promises, handover.hand_over_promises),
    Belonging("inquiries", _("Open inquiries"), handover.open_inquiries, handover.hand_over_inquiries),
    Belonging("tasks", _("Open tasks"), handover.unfinished_tasks, handover.hand_over_tasks),
    Belonging("memberships", _("Works for"), handover.memberships, handover.hand_over_memberships),
)
