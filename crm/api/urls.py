"""Addresses of the API itself: its description and the page to read it."""

from django.urls import path

from crm.api.docs import Description, api_docs

app_name = "api"
urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
