"""A file of rates from outside never brings a document type, in whatever encoding."""

import pytest

from billing.rules.rate_files import RateFileError, read_cbr

BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><ValCurs Date="26.11.2026">&b;</ValCurs>'


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16", "utf-16-le"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    with pytest.raises(RateFileError):
        list(read_cbr(BOMB.encode(encoding)))
