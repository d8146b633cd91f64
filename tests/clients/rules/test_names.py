"""Names of firms compared as people compare them."""

from clients.rules.names import core_name, initials


def test_names_are_compared_without_form_quotes_and_case() -> None:
    assert core_name("ООО «Заря»") == core_name("Заря, ООО") == "заря"
    assert core_name("Brandl Maschinenbau GmbH & Co. KG") == "brandl maschinenbau"
    assert core_name("AG") == "ag"
    assert initials("Северный Причал, АО") == "СП"
