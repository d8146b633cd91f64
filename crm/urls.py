"""All addresses of the product."""

from django.urls import URLResolver

urlpatterns: list[URLResolver] = []
