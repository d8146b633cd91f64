"""People who sign in, with their roles, language and theme."""

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.access import Role, is_service, lacks_role_group
from crm.db import MinutesField, Query, audited, by_name

SERVICE = models.Q(roles__contains=[Role.INTEGRATION])
UNSET = models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | models.Q(password="")


class UserQuery(Query["User"]):
    def in_role(self, *roles: Role) -> Self:
        """People in one of the roles; to a service account they are only its role group."""
        return self.exclude(SERVICE).filter(roles__overlap=list(roles))

    def matching(self, text: str) -> Self:
        """People whose name, login or address contains the text."""
        return self.filter(
            models.Q(first_name__icontains=text)
            | models.Q(last_name__icontains=text)
            | models.Q(username__icontains=text)
            | models.Q(email__icontains=text)
        )

    def invited(self) -> Self:
        """People who have not chosen a password yet; a service account never does."""
        return self.exclude(SERVICE).filter(UNSET, is_active=True)

    def settled(self) -> Self:
        return self.filter(~UNSET | SERVICE, is_active=True)

    def working(self) -> Self:
        """People who may sign in and do work: no service accounts."""
        return self.filter(is_active=True).exclude(SERVICE)


class People(UserManager["User"]):
    """Creates users as Django does, and speaks the queryset's vocabulary."""

    def get_queryset(self) -> UserQuery:
        return UserQuery(self.model, using=self._db)

    def in_role(self, *roles: Role) -> UserQuery:
        return self.get_queryset().in_role(*roles)

    def matching(self, text: str) -> UserQuery:
        return self.get_queryset().matching(text)

    def working(self) -> UserQuery:
        return self.get_queryset().working()


class User(AbstractUser):
    """One of our people, or a service account; what they may do follows from `roles` (see crm.access).

    `covers` says for whom the person stands in, `{"user", "from", "to"}` each: the floor above writes it, so that who
    owns what is known with the person and costs no question of its own.
    """

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Seniority(models.TextChoices):
        JUNIOR = "junior", _("junior")
        CONSULTANT = "consultant", _("consultant")
        SENIOR = "senior", _("senior")
        PRINCIPAL = "principal", _("principal")

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        RUSSIAN = "ru", "Русский"
        GERMAN = "de", "Deutsch"

    email = models.EmailField(_("e-mail"), blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), verbose_name=_("roles"), default=list)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    shortcuts = models.BooleanField(_("single-letter shortcuts"), default=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    position = models.CharField(_("position"), max_length=80, blank=True)
    seniority = models.CharField(_("seniority"), max_length=10, choices=Seniority.choices, blank=True, default="")
    weekly_minutes = MinutesField(_("minutes a week"), default=2400)
    holiday_calendar = models.CharField(_("holiday calendar"), max_length=8, default="DE")
    ramp_until_on = models.DateField(_("in training until"), null=True, blank=True)
    covers = models.JSONField(default=list, db_default=models.Value([], models.JSONField()), editable=False)
    invitation_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[People] = People()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = [by_name("last_name"), by_name("first_name"), "username"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=list(Role.values)),
                name="user_roles_known",
                violation_error_message=_("One of these roles does not exist."),
            ),
            models.CheckConstraint(
                condition=models.Q(weekly_minutes__range=(0, 10080)),
                name="user_weekly_minutes_range",
                violation_error_message=_("A week has between 0 and 10 080 minutes."),
            ),
        ]
        triggers = audited("password", "last_login", "invitation_due_at", "covers")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Never writes `covers` over, which the database keeps and another request may just have changed."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                field.name for field in self._meta.concrete_fields if not field.primary_key and field.name != "covers"
            ]
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """A firm without a partner could never change its rights again; a program without a role group can nothing."""
        super().clean()
        if lacks_role_group(self.roles):
            words = _("Choose what the service account may do: at least one more role.")
            raise ValidationError({"roles": ValidationError(words, code="role_group")})
        if self.pk and not self._can_partner() and self._is_last_partner():
            raise ValidationError(_("The firm needs at least one active partner."), code="last_partner")

    def _can_partner(self) -> bool:
        return self.is_active and Role.PARTNER in self.roles and not self.is_service

    def _is_last_partner(self) -> bool:
        partners = User.objects.in_role(Role.PARTNER).filter(is_active=True)
        return set(partners.values_list("pk", flat=True)) == {self.pk}

    @property
    def is_invited(self) -> bool:
        """Has not chosen a password yet."""
        return self.is_active and not self.is_service and not self.has_usable_password()

    @property
    def lacks_role_group(self) -> bool:
        return lacks_role_group(self.roles)

    @property
    def is_service(self) -> bool:
        """Whether a program works with this account (see crm.access)."""
        return is_service(self.roles)

    @property
    def role_names(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles if role in Role]

    def people_on(self, on: date) -> list[int]:
        """Ids of the person and of everybody whom they stand in for on that day."""
        day = on.isoformat()
        return [self.pk, *(each["user"] for each in self.covers if each["from"] <= day <= each["to"])]

    def is_in(self, *roles: Role) -> bool:
        return not set(roles).isdisjoint(self.roles)
