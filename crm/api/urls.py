"""Addresses of the API itself and of the foundation's own resources."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from crm.api.calendars import CalendarLinks
from crm.api.docs import Description, api_docs
from crm.api.people import Users
from crm.api.trail import Audit, JobRuns
from crm.api.webhooks import WebhookDeliveries, Webhooks

app_name = "api"
router = SimpleRouter()
router.register("users", Users)
router.register("audit", Audit)
router.register("calendar-links", CalendarLinks, "calendar-links")
router.register("job-runs", JobRuns)
router.register("webhooks", Webhooks)
router.register("webhook-deliveries", WebhookDeliveries)
urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
    path("", include(router.urls)),
]
