"""Addresses of the API itself: its description and the page to read it."""

from django.urls import path

from crm.api.docs import api_docs
from crm.api.schema import Description

app_name = "api"
urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
