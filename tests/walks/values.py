"""What people, programs and scanners send by mistake or on purpose, one value at a time."""

from typing import Any

STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    -(2**31) - 1,
    2**31,
    2**63,
    10**30,
    -(10**30),
    0.1,
    1e308,
    -0.0,
    "",
    " ",
    "-1",
    "25:00",
    "1500",
    "NaN",
    "Infinity",
    "1e999999",
    "0x10",
    "١٢",
    "99999999999999999999.99",
    "0.001",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "yesterday",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example")',
    "{{ 7*7 }}{% debug %}",
    "'; DROP TABLE clients_client; --",
    "\u202egpj.exe",
    "\ufffe\uffff",
    "\x1b[31m",
    "a\r\nBcc: x@evil.example",
    "Ω" * 300,
    [],
    [1, 2],
    ["a", None],
    [2**63],
    [-1],
]

BODIES: list[tuple[bytes, str]] = [
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b"[[]]", "application/json"),
    (b'"text"', "application/json"),
    (b"1", "application/json"),
    (b"true", "application/json"),
    (b"\xff\xfe{}", "application/json"),
    (b'{"a": NaN}', "application/json"),
    (b'{"a": 1e999}', "application/json"),
    (b'{"\\ud800": "\\udfff"}', "application/json"),
    (b"[" * 50_000, "application/json"),
    (b'{"a":' * 20_000, "application/json"),
    (b"9" * 10_000, "application/json"),
    (b"{}", "application/json; charset=nothing"),
    (b"{}", "application/json; charset=utf-16"),
    (b"{}", "text/plain"),
    (b"a=1", "application/x-www-form-urlencoded"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x", "multipart/form-data"),
    (b"<a/>", "application/xml"),
    (b"{}", "\x00/;;"),
    (b"{}", ""),
]
"""Whole bodies with their content types."""

QUERY_TEXTS: list[str] = [
    *("", " ", "0", "-1", "1", "501", "99999999999999999999999", "1e400", "NaN", "1,2,x", "%D9%A1", "x" * 3000),
    *("%00", "%ED%A0%80", "%FF", "%25", "%", "%F0%9F%92%A3", "_", "'", "?", "null", "[]", "{}", "true"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"),
    *("x", "pk", "--id", "-updated_at,id", "client__password", "W1tdLCBmYWxzZV0="),
    *("%3Cscript%3E", "..%2F..%2Fetc%2Fpasswd"),
]
"""Values of query parameters, already quoted."""

TYPED: list[str] = [
    *(value for value in STRANGE if isinstance(value, str)),
    *("0000-00-00", "9999-12-31T23:59", "0001-01-01T00:00", "31.02.2026", "24:00", "-0:30", "1e5", "1,5", "1.000,00"),
    *("999999999", "-2147483649", "9223372036854775808", "1" * 400, "x" * 5_000),
    *("\x00", "a\x00b", "\ud800", "\udcff\udcfe", "None", "on", "[]", "../../etc/passwd", "+1", "@SUM(A1)"),
]
"""What somebody may type into a field of a form, or send instead of what a select offers."""

LONG = "Ы" * 1_000_000
"""Two megabytes of text."""
