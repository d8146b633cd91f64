"""All addresses of the product: each app brings its pages (`urls`) and its resources (`api.router`)."""

from importlib import import_module

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import module_has_submodule

FLOORS = ("clients", "billing", "loyalty")


def pages_of(app: str) -> list[URLResolver]:
    """The pages of an app, under the namespace of its label."""
    module = apps.get_app_config(app).module
    return [path("", include(f"{app}.urls"))] if module and module_has_submodule(module, "urls") else []


def resources_of(app: str) -> list[URLPattern | URLResolver]:
    """The resources of an app: the addresses of its router."""
    module = apps.get_app_config(app).module
    if module is None or not module_has_submodule(module, "api"):
        return []
    found: list[URLPattern | URLResolver] = import_module(f"{app}.api").router.urls
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("crm.web.urls")),
    path("", include("clients.imports.urls")),
    path("api/v1/", include("crm.api.urls")),
    path("api/v1/", include([each for app in FLOORS for each in resources_of(app)])),
    *[each for app in FLOORS for each in pages_of(app)],
]
