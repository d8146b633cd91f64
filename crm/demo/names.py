"""Names and texts of the demo: Cyrillic and Latin, invented; nobody here exists."""

from random import Random

RU_FORMS = ("ООО «{}»", "АО «{}»", "ТД «{}»", "ПАО «{}»")
RU_FIRST = [
    "Северный",
    "Восточный",
    "Уральский",
    "Волжский",
    "Невский",
    "Байкальский",
    "Донской",
    "Алтайский",
    "Камский",
    "Ладожский",
    "Сибирский",
]
RU_SECOND = [
    "Причал",
    "Транзит",
    "Альянс",
    "Горизонт",
    "Вектор",
    "Квартал",
    "Экспресс",
    "Металл",
    "Проект",
    "Порт",
    "Лес",
    "Капитал",
    "Мост",
    "Элеватор",
    "Комбинат",
    "Курс",
]
DE_FORMS = ("{} GmbH", "{} AG", "{} KG", "{} GmbH & Co. KG", "{} OHG")
DE_FIRST = [
    "Brandl",
    "Kellner",
    "Hofmann",
    "Isar",
    "Weber",
    "Nordlicht",
    "Lindner",
    "Voss",
    "Albrecht",
    "Seidel",
    "Harz",
    "Rhein",
    "Main",
    "Elbe",
    "Kaiser",
    "Böhm",
    "Krüger",
    "Schäfer",
    "Winkler",
    "Fuchs",
    "Jansen",
    "Petersen",
    "Ritter",
    "Sommer",
    "Vogt",
    "Zimmer",
    "Möller",
    "Dietz",
    "Hansa",
    "Taunus",
]
DE_SECOND = [
    "Maschinenbau",
    "Logistik",
    "Medizintechnik",
    "Apotheken",
    "Elektronik",
    "Verlag",
    "Anlagenbau",
    "Optik",
    "Druck",
    "Feinkost",
    "Holzbau",
    "Immobilien",
    "Messtechnik",
    "Bau",
    "Energie",
    "Software",
    "Textil",
    "Spedition",
    "Metallbau",
    "Pumpen",
]
INDUSTRIES = {
    "DE": ("Manufacturing", "Logistics", "Medical", "Retail", "Construction", "Publishing", "Energy"),
    "RU": ("Ports", "Trade", "Agriculture", "Banking", "Metals", "Transport", "Construction"),
}
CITIES = {
    "DE": (("80337", "München"), ("20095", "Hamburg"), ("50667", "Köln"), ("70173", "Stuttgart"), ("04109", "Leipzig")),
    "RU": (("190000", "Санкт-Петербург"), ("101000", "Москва"), ("620000", "Екатеринбург"), ("630000", "Новосибирск")),
}
STREETS = {
    "DE": ("Lindwurmstraße", "Hafenweg", "Ganghoferstraße", "Marktplatz", "Industriestraße"),
    "RU": ("Невский проспект", "улица Мира", "Портовая улица", "Лесная улица", "Садовая улица"),
}
PEOPLE = {
    "DE": (
        [
            "Jonas",
            "Anke",
            "Sabine",
            "Thomas",
            "Julia",
            "Markus",
            "Petra",
            "Stefan",
            "Katrin",
            "Jürgen",
            "Claudia",
            "Felix",
            "Birgit",
            "Uwe",
            "Nina",
        ],
        [
            "Brandl",
            "Kellner",
            "Vogt",
            "Schuster",
            "Lang",
            "Hartmann",
            "Krause",
            "Berger",
            "Arnold",
            "Roth",
            "Busch",
            "Engel",
            "Simon",
            "Kuhn",
            "Pohl",
            "Horn",
        ],
    ),
    "RU": (
        ["Виктор", "Тимур", "Роман", "Павел", "Дмитрий", "Олег", "Андрей", "Игорь", "Максим", "Сергей"],
        [
            "Лапин",
            "Асланов",
            "Щербаков",
            "Ефимов",
            "Грачёв",
            "Шустов",
            "Орлов",
            "Белов",
            "Волков",
            "Громов",
            "Зимин",
            "Крылов",
            "Медведев",
            "Носов",
        ],
    ),
    "RU_F": (
        ["Марина", "Елена", "Ирина", "Анна", "Ольга", "Наталья", "Светлана", "Татьяна", "Юлия"],
        [
            "Лапина",
            "Асланова",
            "Щербакова",
            "Ефимова",
            "Грачёва",
            "Шустова",
            "Волкова",
            "Громова",
            "Зимина",
            "Крылова",
            "Медведева",
            "Носова",
        ],
    ),
}
POSITIONS = {
    "management": ("Managing director", "CFO", "Head of IT", "Chief accountant", "Head of legal", "Plant manager"),
    "staff": ("Accountant", "System administrator", "Controller", "Lawyer", "Buyer", "Assistant", "Office manager"),
}
WORK = {
    "DE": (
        "Second server, restore test",
        "Follow-up on the licence file",
        "Interface to the warehouse",
        "Update of report templates",
        "Training, batch records",
        "Call on slow queries",
        "Firewall rules",
        "Root cause of the failed update",
        "Migration of mailboxes",
        "Review of backups",
        "Adaptation of the shop interface",
        "User accounts",
    ),
    "RU": (
        "Аудит: сверка остатков",
        "Комментарии к кредитному договору",
        "Консультация по НДС",
        "Проверка контрагентов",
        "Меморандум по портовым сборам",
        "Подготовка к налоговой проверке",
        "Расчёт фрахта",
        "Договор аренды: правки",
        "Трансфертное ценообразование",
        "Консультация по телефону",
        "Отчётность за квартал",
        "Анализ рисков",
    ),
}
PROMISES = {
    "DE": (
        "Root cause of the failed update",
        "Offer for the second site",
        "Test protocol",
        "Date for the training",
        "Price for the interface",
    ),
    "RU": (
        "Меморандум по НДС",
        "Комментарии к договору",
        "Цена для компании в Казахстане",
        "Файл по трансфертным ценам",
        "Ответ по проверке",
    ),
}
CALLS = (
    "Asked how the last delivery went; content.",
    "Talked about next year's plans.",
    "Unhappy about the delay, explained the cause.",
    "Wants an estimate for a second site.",
    "Introduced the new CFO.",
    "Short call on the open invoice.",
    "Quarterly review.",
    "Asked whether we also do training.",
)
COMMENTS = {
    "promoter": ("Quick answers, clear words.", "Всегда на связи, спасибо.", "Man kann sich auf die Zusage verlassen."),
    "passive": ("Good, but every answer takes a week.", "В целом хорошо.", "Solide Arbeit, etwas teuer."),
    "detractor": ("The date was missed twice.", "Долго ждали ответа.", "Niemand hat uns vorher gewarnt."),
}


def company(random: Random, country: str, taken: set[str]) -> str:
    """A company name that was not used yet."""
    for attempt in range(10_000):
        name = _russian(random) if country == "RU" else _german(random)
        name = name if attempt < 20 else f"{name} {attempt}"
        if name not in taken:
            taken.add(name)
            return name
    raise LookupError("no name left")


def person(random: Random, country: str) -> tuple[str, str]:
    """First and last name; Russian names agree in gender."""
    key = random.choice(("RU", "RU_F")) if country == "RU" else "DE"
    first, last = PEOPLE[key]
    return random.choice(first), random.choice(last)


def _russian(random: Random) -> str:
    return random.choice(RU_FORMS).format(f"{random.choice(RU_FIRST)} {random.choice(RU_SECOND)}")


def _german(random: Random) -> str:
    return random.choice(DE_FORMS).format(f"{random.choice(DE_FIRST)} {random.choice(DE_SECOND)}")
