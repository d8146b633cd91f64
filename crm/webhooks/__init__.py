"""Webhooks: events read from the audit trail, messages that wait in rows, signed and sent with retries.

The trail is written by the database with every change, so no service can forget to tell, and telling costs the
change nothing. A message is thin: what happened to which object; the receiver reads it through the API with
rights of its own.
"""
