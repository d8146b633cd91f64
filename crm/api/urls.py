"""Addresses of the API itself: its description and the page to read it."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from crm.api.docs import api_docs

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
