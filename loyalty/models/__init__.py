"""How long clients will stay: surveys, and the snapshots of value, loyalty and concentration."""

from loyalty.models.fits import FittedModel
from loyalty.models.health import BacktestSnapshot, HealthSnapshot, HealthWeights
from loyalty.models.ideas import Idea
from loyalty.models.loops import DetractorLoop
from loyalty.models.losses import LossReview, RetentionSnapshot
from loyalty.models.loyalty_tests import LoyaltyAnswer, LoyaltyTest
from loyalty.models.measures import RetentionMeasure
from loyalty.models.next_actions import SkippedAct
from loyalty.models.policy import FirmFigure, LoyaltyPolicy, SegmentYears
from loyalty.models.snapshots import ConcentrationSnapshot, DependenceSnapshot, NpsSnapshot, SegmentValue, ValueSnapshot
from loyalty.models.surveys import DeliveryAsk, Survey, SurveyInvitation, SurveyResponse

__all__ = [
    "BacktestSnapshot",
    "ConcentrationSnapshot",
    "DeliveryAsk",
    "DependenceSnapshot",
    "DetractorLoop",
    "FirmFigure",
    "FittedModel",
    "HealthSnapshot",
    "HealthWeights",
    "Idea",
    "LossReview",
    "LoyaltyAnswer",
    "LoyaltyPolicy",
    "LoyaltyTest",
    "NpsSnapshot",
    "RetentionMeasure",
    "RetentionSnapshot",
    "SegmentValue",
    "SegmentYears",
    "SkippedAct",
    "Survey",
    "SurveyInvitation",
    "SurveyResponse",
    "ValueSnapshot",
]
