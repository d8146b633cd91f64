"""Addresses of loyalty's pages."""

from django.urls import path

from loyalty.views import calculators, health, losses, next_actions, nps, portfolio, public, settings, surveys, values

app_name = "loyalty"

urlpatterns = [
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("portfolio/stress/", portfolio.portfolio_stress, name="portfolio_stress"),
    path("portfolio/chance/", portfolio.portfolio_chance, name="portfolio_chance"),
    path("loyalty/", nps.nps, name="nps"),
    path("loyalty/refresh/", nps.figures_refresh, name="figures_refresh"),
    path("loyalty/runs/<int:pk>/", nps.figures_run, name="figures_run"),
    path("loyalty/surveys/new/", surveys.survey_new, name="survey_new"),
    path("loyalty/surveys/<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("loyalty/surveys/<int:pk>/mails/", surveys.survey_mails, name="survey_mails"),
    path("loyalty/surveys/<int:pk>/send/", surveys.survey_send, name="survey_send"),
    path("loyalty/surveys/<int:pk>/close/", surveys.survey_close, name="survey_close"),
    path("loyalty/surveys/<int:pk>/delete/", surveys.survey_delete, name="survey_delete"),
    path("loyalty/calculators/", calculators.calculators, name="calculators"),
    path("lost/", losses.lost_list, name="lost_list"),
    path("lost/export/", losses.lost_export, name="lost_export"),
    path("lost/<int:pk>/", losses.review_edit, name="review_edit"),
    path("health/", health.health_list, name="health_list"),
    path("health/clients/<int:pk>/", health.health_panel, name="health_panel"),
    path("next/clients/<int:pk>/", next_actions.next_panel, name="next_panel"),
    path("next/clients/<int:pk>/skip/", next_actions.next_skip, name="next_skip"),
    path("next/<int:pk>/undo/", next_actions.next_undo, name="next_undo"),
    path("health/backtest/", health.health_backtest, name="health_backtest"),
    path("health/weights/", health.health_weights, name="health_weights"),
    path("s/<str:secret>/", public.survey_answer, name="survey_answer"),
    path("s/<str:secret>/thanks/", public.survey_thanks, name="survey_thanks"),
    path("value/", values.value_list, name="value_list"),
    path("value/typical/", values.value_typical, name="value_typical"),
    path("value/clients/<int:pk>/", values.value_panel, name="value_panel"),
    path("value/clients/<int:pk>/badge/", values.value_badge, name="value_badge"),
    path("value/models/", values.model_report, name="model_report"),
    path("value/segments/", values.segment_list, name="segment_list"),
    path("value/segments/new/", settings.segment_years_new, name="segment_years_new"),
    path("value/segments/<int:pk>/delete/", settings.segment_years_delete, name="segment_years_delete"),
    path("value/settings/", settings.policy_edit, name="policy_edit"),
    path("value/firm-figures/", settings.firm_figure_list, name="firm_figure_list"),
    path("value/firm-figures/new/", settings.firm_figure_new, name="firm_figure_new"),
    path("value/firm-figures/<int:pk>/edit/", settings.firm_figure_edit, name="firm_figure_edit"),
]
