"""What integrations can be told of clients."""

from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Interaction, Promise, Task
from crm.webhooks.events import UPDATE, Event, register_events

register_events(
    Event("client.created", _("Client created"), Client, "clients"),
    Event("client.updated", _("Client changed"), Client, "clients", (UPDATE,)),
    Event("contact.created", _("Contact created"), Contact, "contacts"),
    Event("contact.updated", _("Contact changed"), Contact, "contacts", (UPDATE,)),
    Event("interaction.created", _("Interaction logged"), Interaction, "interactions"),
    Event("promise.created", _("Promise made"), Promise, "promises"),
    Event("promise.updated", _("Promise kept, re-dated or withdrawn"), Promise, "promises", (UPDATE,)),
    Event("task.created", _("Task opened"), Task, "tasks"),
    Event("task.done", _("Task done"), Task, "tasks", (UPDATE,), {"state": Task.State.DONE}),
)
