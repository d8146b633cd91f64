"""Addresses of loyalty's pages."""

from django.urls import path

from loyalty.views import portfolio, surveys, values

app_name = "loyalty"

urlpatterns = [
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("portfolio/stress/", portfolio.portfolio_stress, name="portfolio_stress"),
    path("loyalty/", surveys.nps, name="nps"),
    path("loyalty/refresh/", surveys.figures_refresh, name="figures_refresh"),
    path("loyalty/surveys/new/", surveys.survey_new, name="survey_new"),
    path("loyalty/surveys/<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("loyalty/surveys/<int:pk>/send/", surveys.survey_send, name="survey_send"),
    path("s/<str:secret>/", surveys.survey_answer, name="survey_answer"),
    path("value/", values.value_list, name="value_list"),
    path("value/typical/", values.value_typical, name="value_typical"),
    path("value/clients/<int:pk>/", values.value_panel, name="value_panel"),
    path("value/settings/", values.policy_edit, name="policy_edit"),
    path("value/firm-figures/", values.firm_figure_new, name="firm_figure_new"),
]
