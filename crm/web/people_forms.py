"""Forms of people: invitation, changes by a partner, hand-over."""

from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access import Role
from crm.models import User
from crm.models.users import UserQuery
from crm.web.hours import HoursField


class RolesField(forms.MultipleChoiceField):
    """Roles as boxes; a person may hold several."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Roles"),
            choices=Role.choices,
            widget=forms.CheckboxSelectMultiple,
            help_text=_(
                "“Integration” makes it a service account for a program: it works by a token and signs in nowhere, and "
                "the other roles that you tick say what it may do."
            ),
        )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """What a partner may change of a colleague; the rest is the colleague's own profile."""

    roles = RolesField()

    class Meta:
        model = User
        fields = [
            "first_name",
            "last_name",
            "email",
            "position",
            "language",
            "roles",
            "weekly_minutes",
            "holiday_calendar",
            "ramp_until_on",
            "seniority",
        ]
        field_classes = {"weekly_minutes": HoursField}
        labels = {"weekly_minutes": _("Hours a week")}


class InvitationForm(PersonForm):
    """A colleague to be; the login name comes from the address."""

    class Meta(PersonForm.Meta):
        fields = ["email", "first_name", "last_name", "position", "language", "roles"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "first_name", "last_name"):
            self.fields[name].required = True
        self.fields["email"].help_text = _("The invitation goes there; the part before the @ becomes the login name.")


class HandOverForm(forms.Form):
    """Who takes over; needed as soon as something is held."""

    to = forms.ModelChoiceField(label=_("Who takes over"), queryset=User.objects.none(), required=False)
    leaves = forms.BooleanField(
        label=_("The person leaves: end their sign-in, tokens and invitations"), required=False, initial=True
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (narrows the type for mypy)
        field.queryset = User.objects.working().exclude(pk=person.pk)


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Shared by the page, its export and the API."""

    STATES = (("active", _("active")), ("invited", _("invited")), ("left", _("left")))

    search = django_filters.CharFilter(label=_("Search people"), method="find")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices, method="in_role")
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="in_state")

    def find(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(pk__in=User.objects.matching(text))

    def in_role(self, rows: models.QuerySet[User], _name: str, role: str) -> models.QuerySet[User]:
        return rows.filter(roles__contains=[role])

    def in_state(self, rows: models.QuerySet[User], _name: str, state: str) -> models.QuerySet[User]:
        people = UserQuery(User)
        wanted = {"left": people.filter(is_active=False), "invited": people.invited(), "active": people.settled()}
        return rows.filter(pk__in=wanted[state])
