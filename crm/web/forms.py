"""How a form is drawn: label above, help and error below and tied to the field, the right keyboard on a phone."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_noop

from crm.web.numbers import NumberText
from crm.web.widgets import writer_of

CHECKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)
SELECTS = (forms.Select, forms.SelectMultiple)

# Django's words for a choice that is still open; its own catalogs lack them in Russian and German.
OPEN_CHOICE = gettext_noop("- Select an option -")

# What a browser may fill in by itself, by the name of the field.
AUTOCOMPLETE = {
    "username": "username",
    "email": "email",
    "phone": "tel",
    "first_name": "given-name",
    "last_name": "family-name",
    "street": "street-address",
    "postcode": "postal-code",
    "city": "address-level2",
    "country": "country",
}


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: a POST, even an empty one, and nothing else."""
    return request.POST if request.method == "POST" else None


def offer(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    """Lets a field choose among these rows; a field that the form does not have stays out."""
    field = form.fields.get(name)
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows


def offer_still(form: forms.ModelForm, name: str, rows: QuerySet[Any]) -> None:  # type: ignore[type-arg]
    """As `offer`, and what the form's row names already: correcting an old row must not lose who has left since."""
    held = []
    if form.instance.pk and name in form.fields:
        value = form.instance._meta.get_field(name).value_from_object(form.instance)
        held = [getattr(each, "pk", each) for each in (value if isinstance(value, list) else [value]) if each]
    everybody = rows.model._default_manager.filter(Q(pk__in=rows.order_by().values("pk")) | Q(pk__in=held))
    offer(form, name, everybody if held else rows)


def _input_mode(field: forms.Field) -> str:
    if isinstance(field, forms.DecimalField | forms.FloatField):
        return "decimal"
    if isinstance(field, forms.IntegerField):
        return "numeric"
    return ""


def _css_class(field: forms.Field) -> str:
    widget = field.widget
    if isinstance(widget, CHECKS):
        return "form-check-input"
    return "form-select" if isinstance(widget, SELECTS) else "form-control"


class DayInput(forms.DateInput):
    """The browser's own date picker, which shows the person's format and sends ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, "%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, "%Y-%m-%dT%H:%M")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, "%H:%M")


NATIVE: dict[type[forms.Widget], type[DayInput | MomentInput | ClockInput]] = {
    forms.DateInput: DayInput,
    forms.DateTimeInput: MomentInput,
    forms.TimeInput: ClockInput,
}


class Field(forms.BoundField):
    """A bound field that brings its class, keyboard, date picker, way of writing numbers and autocomplete along."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        if native := NATIVE.get(type(field.widget)):
            field.widget = native(field.widget.attrs)
        elif isinstance(field, forms.DecimalField) and field.widget.input_type == "number":
            field.widget = NumberText(field.widget.attrs)
        super().__init__(form, field, name)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        own = self.field.widget.attrs
        classes = [_css_class(self.field), own.get("class", ""), "is-invalid" if self.errors else ""]
        built["class"] = " ".join(filter(None, classes))
        for name, value in (("inputmode", _input_mode(self.field)), ("autocomplete", self._autocomplete())):
            if value and name not in own:
                built.setdefault(name, value)
        return built

    def _autocomplete(self) -> str:
        # Names of other people's data must not be filled with one's own: only account forms say so.
        return AUTOCOMPLETE.get(self.name, "") if getattr(self.form, "about_oneself", False) else "off"

    @property
    def is_check(self) -> bool:
        """One box, whose label stands beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choice_list(self) -> bool:
        """Several boxes or radios under one legend."""
        return isinstance(self.field.widget, forms.CheckboxSelectMultiple | forms.RadioSelect)

    @property
    def is_asking(self) -> bool:
        """Whether it asks while it is typed; the answer is shown under it."""
        return bool(self.field.widget.attrs.get("hx-target") == f"#{self.auto_id}_check")


class Renderer(TemplatesSetting):
    """FORM_RENDERER: `{{ form }}` and `{{ field.as_field_group }}` in the design of the house."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    formset_template_name = "forms/formset.html"
    bound_field_class = Field

    def render(self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None) -> str:
        """Plain widgets without a template, all else as Django does."""
        widget = context.get("widget")
        if widget is not None and (write := writer_of(template_name, widget)):
            return write(widget)
        return super().render(template_name, dict(context), request)
