"""What a colleague who leaves hands over on this floor."""

from django.utils.translation import gettext_lazy as _

from billing.services import handover
from crm.people import Belonging, register_belonging

register_belonging(
    Belonging("leads", _("Leads engagements"), handover.led_engagements, handover.hand_over_engagements),
    Belonging("places", _("Works on engagements"), handover.joined_engagements, handover.hand_over_places),
)
