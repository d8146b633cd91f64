"""First orders and their plans through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.models import FirstOrder, Task
from clients.reports.first_orders import plan_of, plans_of
from clients.rules.first_order import Step
from crm.api.serializers import RecordSerializer


class PlanStepSerializer(serializers.Serializer[Any]):
    """`state` is that of the step's task."""

    step = serializers.ChoiceField(choices=[(step.value, step.value) for step in Step])
    state = serializers.ChoiceField(choices=Task.State.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class PlannedList(serializers.ListSerializer[Any]):
    """Reads the plans of all rows at once."""

    def to_representation(self, data: Any) -> Any:
        rows = list(data)
        for row, plan in zip(rows, plans_of(rows, self.context["request"].user), strict=True):
            vars(row)["plan"] = plan
        return super().to_representation(rows)


class FirstOrderSerializer(RecordSerializer[FirstOrder]):
    """`done` of `total` steps; what somebody called not relevant does not count."""

    steps = serializers.SerializerMethodField()

    class Meta:
        model = FirstOrder
        fields = ["id", "client", "ordered_on", "until_on", "occasion", "steps", "created_at", "updated_at"]
        read_only_fields = fields
        list_serializer_class = PlannedList

    @extend_schema_field(PlanStepSerializer(many=True))
    def get_steps(self, row: FirstOrder) -> Any:
        plan = vars(row).get("plan") or plan_of(row, self.context["request"].user)
        return PlanStepSerializer(plan.steps, many=True).data
