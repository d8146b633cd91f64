"""The files of a client as a list: what hangs where, until when it is kept."""

from django.utils.translation import gettext_lazy as _

from crm.exports import Column, Kind, Table

FILES = Table(
    "files",
    _("Files"),
    [
        Column("name", _("Name"), value=lambda row: row.name),
        Column("kind", _("Kind"), value=lambda row: row.kind_words),
        Column("about", _("Belongs to"), value=lambda row: row.about),
        Column("at", _("Added"), Kind.MOMENT, value=lambda row: row.at),
        Column("by", _("Added by"), value=lambda row: row.by),
        Column("size", _("Size in bytes"), Kind.INTEGER, value=lambda row: row.size),
        Column("keep_until_on", _("Kept until"), Kind.DATE, value=lambda row: row.keep_until_on),
    ],
)
