"""The database keeps the trail and the append-only promise by itself."""

import pytest
from django.db import InternalError, connection, transaction

from crm.models import AuditEntry
from tests.make import make_client

pytestmark = pytest.mark.django_db


def test_a_change_leaves_old_and_new_in_the_trail() -> None:
    client = make_client(name="Alfa")
    client.name = "Beta"
    client.save()
    entry = AuditEntry.objects.of(client).first()
    assert entry is not None
    assert (entry.action, entry.old, entry.new) == ("update", {"name": "Alfa"}, {"name": "Beta"})


def test_the_trail_cannot_be_rewritten() -> None:
    make_client()
    with pytest.raises(InternalError), transaction.atomic():
        AuditEntry.objects.update(origin="elsewhere")


def test_a_bulk_update_also_moves_updated_at() -> None:
    client = make_client()
    before = client.updated_at
    type(client).objects.filter(pk=client.pk).update(city="Bonn")
    client.refresh_from_db()
    assert client.updated_at > before


def test_a_deleted_external_record_leaves_a_tombstone() -> None:
    client = make_client(external_source="odoo", external_id="7")
    client.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT external_source, external_id FROM crm_tombstone")
        assert cursor.fetchall() == [("odoo", "7")]
