"""Addresses of billing's pages: name = view = template."""

from django.urls import path

from billing.views import documents, drafting, drafts, invoices, packages, terms

app_name = "billing"

urlpatterns = [
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
