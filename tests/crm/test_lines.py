"""Text of one line stays on one line, whoever sends it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from clients.forms.contact import ContactForm
from clients.models import Client, Contact
from crm.db.lines import check_line, check_text, text_check


@pytest.mark.parametrize("text", ["Alfa\nBeta", "a\r\nBcc: x@evil.example", "\x1b[31m", "a\u2028b", "a\tb", "\x85"])
def test_a_name_has_one_line_without_control_characters(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Client(name=text).clean_fields(exclude=["default_seller"])
    assert [error.code for error in refused.value.error_dict["name"]] == ["not_one_line"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_every_other_character_may_stand_in_a_name(text: str) -> None:
    check_line(text)


def test_a_note_has_many_lines_but_no_control_characters() -> None:
    check_text("one\r\n\ttwo\u2028three\x85four")
    with pytest.raises(ValidationError):
        check_text("\x07")


def test_a_column_is_one_line_by_its_size() -> None:
    assert text_check(Client._meta.get_field("name")) is check_line
    assert text_check(Client._meta.get_field("notes")) is check_text
    assert text_check(models.CharField(max_length=1000)) is check_text
    assert text_check(Client._meta.get_field("status")) is None
    assert text_check(Client._meta.get_field("payment_terms_days")) is None


def test_a_form_names_the_field_that_has_two_lines(db: None) -> None:
    form = ContactForm({"last_name": "Alfa\nBeta"}, instance=Contact(client=Client(name="Alfa")))
    assert form.errors.as_data()["last_name"][0].code == "not_one_line"
