"""What people choose and enter on loyalty's pages."""

from loyalty.forms.calculators import FeeOrPriceForm, SampleSizeForm, ScoreChangeForm, SimpleValueForm
from loyalty.forms.figures import AnswersForm, PortfolioForm, StressForm
from loyalty.forms.ideas import IdeaForm, SessionForm
from loyalty.forms.knowing import LossReviewForm, LoyaltyTestForm
from loyalty.forms.loops import LoopForm
from loyalty.forms.measures import MeasureForm
from loyalty.forms.settings import FirmFigureForm, HealthWeightsForm, PolicyForm, SegmentYearsForm
from loyalty.forms.surveys import AnswerForm, SurveyForm

__all__ = [
    "AnswerForm",
    "AnswersForm",
    "FeeOrPriceForm",
    "FirmFigureForm",
    "HealthWeightsForm",
    "IdeaForm",
    "LoopForm",
    "LossReviewForm",
    "LoyaltyTestForm",
    "MeasureForm",
    "PolicyForm",
    "PortfolioForm",
    "SampleSizeForm",
    "ScoreChangeForm",
    "SegmentYearsForm",
    "SessionForm",
    "SimpleValueForm",
    "StressForm",
    "SurveyForm",
]
