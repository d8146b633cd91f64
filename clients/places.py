"""This floor's entries in the settings, its kinds of import and the models whose History may be asked for."""

from django.utils.translation import gettext_lazy as _

from clients.imports.history import HISTORY
from clients.imports.kinds import register_kind
from clients.imports.own import CLIENTS, CONTACTS
from clients.models import (
    Absence,
    Advocacy,
    BusinessProfile,
    Client,
    ClientMember,
    CompetitorSeen,
    Complaint,
    Contact,
    DirectChannelGrant,
    Erasure,
    Extra,
    FirstOrder,
    Inquiry,
    Interaction,
    KeyClientDesignation,
    Need,
    PersonalRelationship,
    Praise,
    ProactiveAct,
    Promise,
    Referral,
    ScopeRequest,
    Seller,
    TierPolicy,
)
from crm.history import register_history
from crm.web.settings_index import Setting, register_setting

register_kind(CLIENTS)
register_kind(CONTACTS)
register_kind(HISTORY)
register_setting(
    Setting(
        "import",
        _("Import"),
        _("Clients, contacts, balances and time from CSV or XLSX, looked at before they are written."),
        "file-import",
        "imports:import_new",
        "time.import",
    )
)
register_setting(
    Setting(
        "distance",
        _("Distance"),
        _("What a person at a client may receive of us in a year."),
        "gift",
        "clients:distance_edit",
        "distance.change",
    )
)
register_setting(
    Setting(
        "care",
        _("Care"),
        _("The honour target of promises, the plan after a first order, when to set the boundary."),
        "heart-handshake",
        "clients:care_edit",
        "care.change",
    )
)
register_setting(
    Setting(
        "erasures",
        _("Erasures"),
        _("People who asked to be erased, and the receipts."),
        "user-x",
        "clients:erasure_list",
        "erasure.see",
    )
)
register_history(
    Client,
    right="client.see",
    hidden={"debtor_account": "invoice.see", "notes": "client.change", "why_kept": "cost.see"},
    within="open_to",
)
register_history(ClientMember, right="member.see")
register_history(Interaction, right="interaction.see", hidden={"cost": "cost.see"})
register_history(Need, right="need.see", hidden={"value": "value.amounts"})
register_history(ProactiveAct, right="proactive.see")
register_history(Advocacy, right="advocacy.see")
register_history(PersonalRelationship, right="relationship.see")
register_history(CompetitorSeen, right="profile.see")
register_history(Referral, right="referral.see")
register_history(Contact, right="contact.see", within="open_to")
register_history(
    KeyClientDesignation,
    right="designation.see",
    hidden=dict.fromkeys(["current_value", "potential_value"], "value.amounts"),
)
register_history(Promise, right="promise.see")
register_history(Seller, TierPolicy, right="seller.see")
register_history(Complaint, right="complaint.see", hidden={"cost": "value.amounts"})
register_history(Praise, right="complaint.see")
register_history(Extra, right="extra.see", hidden={"cost": "value.amounts"})
register_history(DirectChannelGrant, right="channel.see")
register_history(BusinessProfile, right="profile.see")
register_history(Erasure, right="erasure.see")
register_history(Inquiry, right="inquiry.see")
register_history(FirstOrder, right="task.see")
register_history(ScopeRequest, right="scope.see")
register_history(Absence, right="absence.see", hidden={"reason": "user.change", "note": "user.change"})
