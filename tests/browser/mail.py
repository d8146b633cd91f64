"""What the product has mailed, read from the folder of the file backend."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


def newest_mail_to(address: str, mails: Path) -> EmailMessage | None:
    for path in sorted(mails.glob("*.log"), reverse=True):
        for part in path.read_bytes().split(b"-" * 79):
            mail = message_from_bytes(part.strip(), policy=policy.default)
            if mail["To"] == address:
                return mail
    return None
