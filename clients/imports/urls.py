"""Addresses of the imports."""

from django.urls import path

from clients.imports import views

app_name = "imports"
urlpatterns = [
    path("settings/import/", views.import_new, name="import_new"),
    path("settings/import/example/<slug:code>.csv", views.import_example, name="import_example"),
    path("settings/import/<int:pk>/", views.import_batch, name="import_batch"),
    path("settings/import/<int:pk>/bad.csv", views.import_bad, name="import_bad"),
    path("settings/import/<int:pk>/columns/", views.import_map, name="import_map"),
    path("settings/import/<int:pk>/confirm/", views.import_confirm, name="import_confirm"),
    path("settings/import/<int:pk>/undo/", views.import_undo, name="import_undo"),
]
