"""What a receipt or a signed page may be: a PDF or a picture, told by its first bytes and not by its name."""

MOST_BYTES = 25 * 1024 * 1024

SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
)


def type_of(content: bytes) -> str | None:
    """The media type, or None for anything that is no receipt."""
    for mark, offset, name in SIGNATURES:
        if content[offset : offset + len(mark)] == mark:
            return name
    return None
