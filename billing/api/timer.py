"""The timer of the one who asks: read, started, stopped into an entry, or thrown away."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.models import TimeEntry, Timer
from billing.serializers.time import EntrySerializer
from billing.serializers.timer import TimerSerializer, TimerState, TimerStop, state_of
from billing.services.timer import discard_timer, start_timer, stop_timer


class TimerActions(ActingViewSet[TimeEntry]):
    @extend_schema(responses=TimerState)
    @action(detail=False, filter_backends=[], pagination_class=None)
    def timer(self, _request: Request) -> Response:
        """What runs now; one timer for each person."""
        return Response(state_of(Timer.objects.filter(user=self.user).first()))

    @extend_schema(responses={204: None})
    @timer.mapping.delete
    def discard(self, _request: Request) -> Response:
        """Throws the running timer away. 409 `wrong_status` when none runs."""
        discard_timer(self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=TimerSerializer, responses={201: TimerState})
    @action(detail=False, methods=["post"], url_path="timer/start")
    def start(self, _request: Request) -> Response:
        """Starts now. 409 `already_done` when one runs already."""
        timer = start_timer(Timer(user=self.user, **self.checked(TimerSerializer)), at=self.now)
        return Response(state_of(timer), status=status.HTTP_201_CREATED)

    @extend_schema(request=TimerStop, responses={201: EntrySerializer})
    @action(detail=False, methods=["post"], url_path="timer/stop")
    def stop(self, _request: Request, **_kwargs: Any) -> Response:
        """Saves what was measured, in whole minutes, at least one. 409 `wrong_status` when none runs."""
        return self.shown(stop_timer(self.user, at=self.now, **self.checked(TimerStop)), made=True)
