"""How a form is drawn."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy
from pytest_django.asserts import assertHTMLEqual

from crm.web.forms import Renderer


class OrderForm(forms.Form):
    name = forms.CharField(help_text="As on the contract.")
    net_price = forms.DecimalField()
    minutes = forms.IntegerField(required=False)
    due_on = forms.DateField(initial=date(2026, 11, 26))
    due_at = forms.DateTimeField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    channel = forms.ChoiceField(choices=[("mail", "Mail"), ("call", "Call")], widget=forms.RadioSelect)
    agreed = forms.BooleanField()


def drawn(data: dict[str, str] | None = None) -> str:
    return str(OrderForm(data, renderer=Renderer()))


def test_labels_stand_for_their_fields_and_help_is_tied_to_them() -> None:
    text = drawn()
    assert '<label class="form-label" for="id_name">Name</label>' in text
    assert 'aria-describedby="id_name_helptext"' in text
    assert 'id="id_name_helptext"' in text


def test_an_error_is_tied_to_its_field_and_what_was_typed_stays() -> None:
    text = drawn({"name": "", "net_price": "12,x", "due_on": "26.11.2026", "kind": "a"})
    assert 'id="id_net_price_error"' in text
    assert 'value="12,x"' in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert '<a href="#id_name">' in text


def test_a_phone_shows_the_right_keyboard() -> None:
    text = drawn()
    assert 'inputmode="decimal"' in text
    assert 'inputmode="numeric"' in text


def test_dates_use_the_picker_of_the_browser_and_its_format() -> None:
    text = drawn()
    assert '<input type="date" name="due_on" value="2026-11-26"' in text
    assert 'type="datetime-local"' in text


def test_what_the_picker_sends_is_understood() -> None:
    sent = {"name": "x", "net_price": "12.50", "due_on": "2026-12-01", "due_at": "2026-12-01T09:30", "kind": "a"}
    form = OrderForm({**sent, "channel": "mail", "agreed": "on"}, renderer=Renderer())
    assert form.is_valid(), form.errors
    assert form.cleaned_data["due_on"] == date(2026, 12, 1)
    assert form.cleaned_data["due_at"].hour == 9
    assert form.cleaned_data["net_price"] == Decimal("12.50")


def test_only_what_may_be_left_out_says_so() -> None:
    assert drawn().count('class="optional"') == 2


def test_radios_stand_under_one_legend_and_a_box_beside_its_words() -> None:
    text = drawn()
    assert "<legend>Channel</legend>" in text
    assert '<label class="check" for="id_agreed">' in text


def test_a_browser_fills_in_only_what_is_about_oneself() -> None:
    class Contact(forms.Form):
        email = forms.EmailField()

    class Own(Contact):
        about_oneself = True

    assert 'autocomplete="off"' in str(Contact(renderer=Renderer()))
    assert 'autocomplete="email"' in str(Own(renderer=Renderer()))


ODD = "<a> & 'b' \"c\""


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput({"required": True, "hidden": False, "title": ODD}), ODD),
        (forms.NumberInput({"step": "any"}), Decimal("1234.5")),
        (forms.CheckboxInput(), True),
        (forms.HiddenInput(), None),
        (forms.Select(choices=[("", "–"), ("a", ODD), ("Group", [(1, "one"), (2, gettext_lazy("Clients"))])]), 2),
        (forms.SelectMultiple(choices=[("a", "A"), ("b", "B"), ("c", "C")]), ["a", "c"]),
        (forms.NullBooleanSelect(), True),
        (forms.RadioSelect(choices=[("a", "A")]), "a"),
        (forms.Textarea(), ODD),
    ],
)
def test_widgets_stand_as_django_writes_them(widget: forms.Widget, value: object) -> None:
    attrs = {"id": "id_it", "class": "form-control"}
    ours, theirs = (widget.render("it", value, attrs, renderer) for renderer in (Renderer(), TemplatesSetting()))
    assertHTMLEqual(ours, theirs)


@pytest.mark.parametrize("field", ["channel", "ways"])
def test_single_boxes_stand_as_django_writes_them(field: str) -> None:
    class BoxForm(forms.Form):
        channel = forms.ChoiceField(choices=[("mail", ODD), ("call", "Call")], widget=forms.RadioSelect)
        ways = forms.MultipleChoiceField(choices=[("a", ODD), ("b", "B")], widget=forms.CheckboxSelectMultiple)

    for box in BoxForm({"channel": "mail", "ways": ["b"]}, renderer=Renderer())[field]:
        for wrapped in (False, True):
            context = {"widget": {**box.data, "wrap_label": wrapped}}
            ours, theirs = (each.render(box.template_name, context) for each in (Renderer(), TemplatesSetting()))
            assertHTMLEqual(ours, theirs)
