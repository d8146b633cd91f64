"""The catalogue: products, licences, expenses and fixed prices with their VAT and cost."""

from billing.models import Product
from billing.serializers.products import ProductSerializer
from crm.api.viewsets import RecordViewSet


class Products(RecordViewSet[Product]):
    """What is sold besides hours. An item that is no longer sold is switched off, never deleted."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filterset_fields = ["kind", "seller", "currency", "is_active", "code"]
    search_fields = ["name", "name_ru", "name_de", "code"]
    ordering_fields = ["name", "code", "unit_price", "created_at", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "product"
