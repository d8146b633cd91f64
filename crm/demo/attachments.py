"""Files of the demo: a framework contract with its annex on two clients, a contract, a client's page on an invoice."""

from datetime import UTC, datetime, timedelta

import typst
from django.conf import settings

from billing.models import Invoice, Retainer
from billing.models.attachments import Holder
from billing.services.attachments import attach_files
from billing.services.expenses import Upload
from clients.models import Client
from crm.access import Role
from crm.demo.world import World

PAGE = """#set page(margin: 25mm)
#set text(font: "{font}", size: 11pt)
= {title}
{parties}

{text}

#v(20mm)
#line(length: 60mm)
{sign}
"""
WORDS = {
    "de": {
        "contract": ("Rahmenvertrag", "Beide Seiten vereinbaren Beratung nach Aufwand.", "Unterschriften"),
        "annex": ("Anlage 1 Datenschutz", "Daten werden nur im Auftrag verarbeitet.", "Unterschriften"),
        "retainer": ("Pauschalvertrag", "Das Stundenkontingent gilt je Monat.", "Unterschriften"),
        "act": ("Leistungsnachweis", "Die Leistungen wurden erbracht und abgenommen.", "Unterschrift des Kunden"),
    },
    "ru": {
        "contract": ("Рамочный договор", "Стороны договорились о консультациях.", "Подписи"),
        "annex": ("Приложение 1", "Персональные данные обрабатываются по поручению.", "Подписи"),
        "retainer": ("Абонентский договор", "Пакет часов действует помесячно.", "Подписи"),
        "act": ("Акт", "Услуги оказаны, претензий нет.", "Подпись клиента"),
    },
}


def make_attachments(world: World) -> None:
    """The clients that a visitor opens first have their contracts."""
    shown = [made.id for made in world.clients if made.showcase and made.status == "active"][:2]
    clients = Client.objects.filter(pk__in=shown or [world.clients[0].id]).order_by("pk")
    for client in clients:
        _attach(world, client, client, "contract", "contract")
        _attach(world, client, client, "annex", "other")
        if retainer := Retainer.objects.filter(client=client).order_by("-pk").first():
            _attach(world, client, retainer, "retainer", "contract")
        if invoice := Invoice.objects.filter(client=client).issued().invoices().order_by("-pk").first():
            _attach(world, client, invoice, "act", "act")


def _attach(world: World, client: Client, to: Holder, code: str, kind: str) -> None:
    language = client.language if client.language in WORDS else "de"
    title, text, sign = WORDS[language][code]
    at = world.now - timedelta(days=30)
    upload = Upload(f"{title}.pdf", _pdf(world, title, client.name, text, sign))
    by = client.account_manager or world.people[Role.PARTNER][0]
    attach_files(to, [upload], kind=kind, by=by, at=at)


def _pdf(world: World, title: str, client: str, text: str, sign: str) -> bytes:
    """A page that any reader opens; the same bytes on the same day."""
    parties = "".join(f"\\u{{{ord(each):x}}}" for each in client)  # a name is no markup
    page = PAGE.format(font="Inter", title=title, parties=parties, text=text, sign=sign)
    moment = datetime.combine(world.today, datetime.min.time(), tzinfo=UTC)
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(settings.DOCUMENT_FONTS)])
    made = typst.Compiler(page.encode(), font_paths=fonts).compile(format="pdf", timestamp=int(moment.timestamp()))
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single file")
    return made
