"""Bank identifiers by their check digits."""

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.bank_ids import is_bic, is_bik, is_iban, is_russian_account


def test_bank_identifiers_are_checked_by_their_digits() -> None:
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE89370400440532013001")
    assert is_bic("COBADEFFXXX")
    assert not is_bic("COBA")
    assert is_bik("044525225")
    assert not is_bik("144525225")
    assert is_russian_account("30101810400000000225", bik="044525225")
    assert not is_russian_account("30101810500000000225", bik="044525225")


@given(st.integers(0, 10**19 - 1))
def test_just_one_digit_fits_as_the_key_of_a_russian_account(number: int) -> None:
    digits = f"4{number:019d}"[:20]
    fitting = [key for key in "0123456789" if is_russian_account(f"{digits[:8]}{key}{digits[9:]}", bik="044525593")]
    assert len(fitting) == 1
