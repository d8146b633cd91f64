"""Addresses of billing's pages: name = view = template."""

from django.urls import path

from billing.views import cells, documents, drafting, drafts, invoices, packages, terms, time, timer, undo

app_name = "billing"

urlpatterns = [
    path("time/", time.time_week, name="time_week"),
    path("time/parse/", time.time_parse, name="time_parse"),
    path("time/add/", time.time_add, name="time_add"),
    path("time/cells/", cells.time_cells, name="time_cells"),
    path("time/submit/", time.time_submit, name="time_submit"),
    path("time/undo/", undo.time_undo, name="time_undo"),
    path("time/<int:pk>/edit/", time.time_edit, name="time_edit"),
    path("time/<int:pk>/delete/", time.time_delete, name="time_delete"),
    path("time/timer/", timer.timer_chip, name="timer_chip"),
    path("time/timer/start/", timer.timer_start, name="timer_start"),
    path("time/timer/stop/", timer.timer_stop, name="timer_stop"),
    path("time/timer/discard/", timer.timer_discard, name="timer_discard"),
    path("packages/", packages.package_list, name="package_list"),
    path("packages/packages.<str:form>", packages.package_export, name="package_export"),
    path("packages/new/", packages.package_new, name="package_new"),
    path("packages/<int:pk>/", packages.package_detail, name="package_detail"),
    path("packages/<int:pk>/top-up/", packages.package_top_up, name="package_top_up"),
    path("packages/<int:pk>/void/", packages.package_void, name="package_void"),
    path("packages/<int:pk>/statement/", packages.package_statement, name="package_statement"),
    path("packages/<int:pk>/share/", packages.package_share, name="package_share"),
    path("engagements/", terms.engagement_list, name="engagement_list"),
    path("engagements/new/", terms.engagement_new, name="engagement_new"),
    path("engagements/<int:pk>/", terms.engagement_edit, name="engagement_edit"),
    path("engagements/<int:pk>/close/", terms.engagement_close, name="engagement_close"),
    path("rates/", terms.rate_list, name="rate_list"),
    path("rates/new/", terms.rate_new, name="rate_new"),
    path("rates/<int:pk>/", terms.rate_edit, name="rate_edit"),
    path("locks/", terms.lock_list, name="lock_list"),
    path("h/<str:secret>/", packages.package_public, name="package_public"),
    path("invoices/", invoices.invoice_list, name="invoice_list"),
    path("invoices/export/", invoices.invoice_export, name="invoice_export"),
    path("invoices/issue/", drafts.invoice_bulk_issue, name="invoice_bulk_issue"),
    path("invoices/draft/", drafting.invoice_draft, name="invoice_draft"),
    path("invoices/draft/all/", drafting.invoice_draft_all, name="invoice_draft_all"),
    path("invoices/<int:pk>/", documents.invoice_detail, name="invoice_detail"),
]
