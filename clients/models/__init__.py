"""Who the clients are, who knows them, what was said to them; see each module for its nouns."""

from clients.models.absence import Absence
from clients.models.anchor import ClientAnchor
from clients.models.attention import Interaction
from clients.models.care import CarePolicy
from clients.models.cash_discount import CashDiscountTerms, cash_discount_whole
from clients.models.changes import StatusChange, TierChange
from clients.models.channel import DirectChannelGrant
from clients.models.client import Client
from clients.models.contact import Contact, InfluenceEdge
from clients.models.designation import KeyClientDesignation
from clients.models.distance import DistancePolicy, PersonalRelationship
from clients.models.distinct import DistinctPair
from clients.models.erasure import Erasure
from clients.models.extra import Extra
from clients.models.facts import ClientFigure, ClientMember
from clients.models.feedback import Complaint, Praise
from clients.models.firm import BankAccount, Seller, ServiceLine, TierPolicy
from clients.models.first_order import FirstOrder
from clients.models.growth import Advocacy, ProactiveAct
from clients.models.imports import ImportBatch, ImportRow
from clients.models.inquiry import Inquiry
from clients.models.need import Need
from clients.models.notice import Notice, NoticeChoice
from clients.models.profile import BusinessProfile, CompetitorSeen
from clients.models.promise import Promise, PromiseDate
from clients.models.referral import Referral
from clients.models.scope import ScopeRequest
from clients.models.task import Task
from clients.models.view import SavedView

__all__ = [
    "Absence",
    "Advocacy",
    "BankAccount",
    "BusinessProfile",
    "CarePolicy",
    "CashDiscountTerms",
    "Client",
    "ClientAnchor",
    "ClientFigure",
    "ClientMember",
    "CompetitorSeen",
    "Complaint",
    "Contact",
    "DirectChannelGrant",
    "DistancePolicy",
    "DistinctPair",
    "Erasure",
    "Extra",
    "FirstOrder",
    "ImportBatch",
    "ImportRow",
    "InfluenceEdge",
    "Inquiry",
    "Interaction",
    "KeyClientDesignation",
    "Need",
    "Notice",
    "NoticeChoice",
    "PersonalRelationship",
    "Praise",
    "ProactiveAct",
    "Promise",
    "PromiseDate",
    "Referral",
    "SavedView",
    "ScopeRequest",
    "Seller",
    "ServiceLine",
    "StatusChange",
    "Task",
    "TierChange",
    "TierPolicy",
    "cash_discount_whole",
]
