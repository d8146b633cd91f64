"""First orders through the API: read only, because an order opens them and their tasks are resources of their own."""

from rest_framework import mixins

from clients.filters.first_orders import FirstOrderFilter
from clients.models import FirstOrder
from clients.serializers.first_orders import FirstOrderSerializer
from crm.api.viewsets import Guarded


class FirstOrders(mixins.ListModelMixin, Guarded[FirstOrder]):
    """The first accepted offer, package or retainer of a client, and how far the plan of its first weeks has come."""

    queryset = FirstOrder.objects.select_related("client")
    serializer_class = FirstOrderSerializer
    filterset_class = FirstOrderFilter
    search_fields = ["occasion", "client__name"]
    http_method_names = ["get", "head", "options"]
    ordering_fields = ["ordered_on", "until_on", "updated_at"]
    right = "task"
