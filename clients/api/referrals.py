"""Who sent us a client, through the API."""

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.serializers import BaseSerializer

from clients.api.attention import Making, changed
from clients.filters.referrals import ReferralFilter
from clients.models import Client, Referral
from clients.serializers.referrals import ReferralSerializer
from clients.services.referrals import save_referral


class Referrals(Making[Referral]):
    """A contact sent us a client: what it has brought since counts for an image client. A client is referred once."""

    queryset = Referral.objects.select_related("client")
    serializer_class = ReferralSerializer
    filterset_class = ReferralFilter
    search_fields = ["client__name", "referrer__name"]
    ordering_fields = ["referred_on", "updated_at"]
    right = "referral"

    def make(self) -> Referral:
        row = Referral(**self.checked(ReferralSerializer))
        self._check_clients(row)
        return save_referral(row, on=timezone.localdate())

    def perform_update(self, serializer: BaseSerializer[Referral]) -> None:
        row = changed(serializer)
        self._check_clients(row)
        save_referral(row, on=timezone.localdate())

    def _check_clients(self, row: Referral) -> None:
        """One of the two clients has to be the person's own."""
        ids = [row.client_id, *([row.contact.client_id] if row.contact else [])]
        if not Client.objects.changeable_by(self.user).filter(pk__in=ids).exists():
            raise PermissionDenied
