"""The foundation's tables: people who sign in, what they did, and the machinery that pages and API share."""

from crm.models.audit import AuditEntry, Tombstone
from crm.models.firm import Firm
from crm.models.jobs import JobRun
from crm.models.links import LinkOpening, SignedLink
from crm.models.tokens import ApiToken, IdempotencyKey
from crm.models.users import User
from crm.models.webhooks import Webhook, WebhookDelivery, WebhookReading

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Firm",
    "IdempotencyKey",
    "JobRun",
    "LinkOpening",
    "SignedLink",
    "Tombstone",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WebhookReading",
]
