"""Forms of one's own account: sign in, set a password, profile, a new API token."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm.models import User

DEMO_PASSWORD = "demo"  # noqa: S105 - printed on the sign-in page of the demo, refused everywhere else
LONGEST_TOKEN_DAYS = 366


class SignInForm(AuthenticationForm):
    about_oneself = True
    error_messages = {
        "invalid_login": _("This name and password do not belong together. Check the spelling and Caps Lock."),
        "inactive": _("This account is switched off. A partner of the firm can switch it on again."),
    }

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if user.is_service:
            raise ValidationError(_("This is a service account: programs use it by its token."), code="service")
        if not settings.DEBUG and self.cleaned_data.get("password") == DEMO_PASSWORD:
            raise ValidationError(_("Demo passwords work only in the demo."), code="demo")


class ResetForm(PasswordResetForm):
    about_oneself = True

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """In the language of the person who gets the mail."""
        context = kwargs.get("context") or args[2]
        with translation.override(context["user"].language):
            super().send_mail(*args, **kwargs)


class NewPasswordForm(SetPasswordForm[User]):
    about_oneself = True


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    about_oneself = True

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "phone", "position", "language", "theme", "shortcuts"]
        help_texts = {"shortcuts": _("G then C goes to clients, N logs time, ? lists all. Ctrl K always works.")}
        widgets = {"language": forms.RadioSelect, "theme": forms.RadioSelect}


class CalendarForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Which program reads it, so that you know it again: “Phone”.")
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for, so that you know it again: “Power BI”.")
    )
    expires_on = forms.DateField(label=_("Valid until"), help_text=_("At most a year. The day is included."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_expires_on(self) -> date:
        until: date = self.cleaned_data["expires_on"]
        latest = self.today + timedelta(days=LONGEST_TOKEN_DAYS)
        if not self.today <= until <= latest:
            raise ValidationError(_("Choose a day between today and a year from now."), code="range")
        return until
