"""The REST resources and reports of loyalty on one router."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from loyalty.api.consultants import ConsultantReport
from loyalty.api.figures import FirmFigures
from loyalty.api.health import ClientHealth, HealthReport
from loyalty.api.ideas import Ideas
from loyalty.api.loops import DetractorLoops
from loyalty.api.losses import LossReviews, RetentionReport
from loyalty.api.loyalty_tests import LoyaltyTests
from loyalty.api.measures import RetentionMeasures
from loyalty.api.reports import ClientValue, ConcentrationReport, NpsReport, RankingReport, StressReport, ValueReport
from loyalty.api.surveys import SurveyResponses, Surveys


class Addresses(SimpleRouter):
    """Resources as the router makes them, and the reports, which are no resources."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("reports/concentration/", ConcentrationReport.as_view(), name="report-concentration"),
            path("reports/concentration/stress/", StressReport.as_view(), name="report-stress"),
            path("reports/nps/", NpsReport.as_view(), name="report-nps"),
            path("reports/clv/", ValueReport.as_view(), name="report-clv"),
            path("reports/rfm/", RankingReport.as_view(), name="report-rfm"),
            path("reports/retention-by-anchors/", RetentionReport.as_view(), name="report-retention"),
            path("reports/consultants/", ConsultantReport.as_view(), name="report-consultants"),
            path("reports/health/", HealthReport.as_view(), name="report-health"),
            path("clients/<int:pk>/health/", ClientHealth.as_view(), name="client-health"),
            path("clients/<int:pk>/value/", ClientValue.as_view(), name="client-value"),
            *super().get_urls(),
        ]


router = Addresses()
router.register("surveys", Surveys, "surveys")
router.register("survey-responses", SurveyResponses, "survey-responses")
router.register("detractor-loops", DetractorLoops, "detractor-loops")
router.register("loss-reviews", LossReviews, "loss-reviews")
router.register("loyalty-tests", LoyaltyTests, "loyalty-tests")
router.register("ideas", Ideas, "ideas")
router.register("retention-measures", RetentionMeasures, "retention-measures")
router.register("firm-figures", FirmFigures, "firm-figures")

__all__ = ["router"]
