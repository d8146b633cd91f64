"""Addresses of the API itself and of the foundation's own resources."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from crm.api.docs import Description, api_docs
from crm.api.people import Users
from crm.api.trail import Audit, JobRuns

app_name = "api"
router = SimpleRouter()
router.register("users", Users)
router.register("audit", Audit)
router.register("job-runs", JobRuns)
urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
    path("", include(router.urls)),
]
