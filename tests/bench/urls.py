"""The product's addresses and, beside them, the floors that it is held against."""

from django.urls import path

from crm.urls import urlpatterns as product
from tests.bench import floors

urlpatterns = [
    *product,
    path("floor/bare/", floors.bare),
    path("floor/session/", floors.session),
    path("floor/table/", floors.table),
    path("floor/clients/", floors.FloorClients.as_view({"get": "list"})),
    path("floor/clients/<int:pk>/", floors.FloorClients.as_view({"get": "retrieve"})),
    path("floor/entries/", floors.FloorEntries.as_view()),
]
