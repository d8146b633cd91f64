"""What integrations can be told of answers."""

from django.utils.translation import gettext_lazy as _

from crm.webhooks.events import UPDATE, Event, register_events
from loyalty.models import SurveyResponse

register_events(
    Event("survey_response.created", _("Survey answered"), SurveyResponse, "survey-responses"),
    Event("survey_response.updated", _("Answer changed"), SurveyResponse, "survey-responses", (UPDATE,)),
)
