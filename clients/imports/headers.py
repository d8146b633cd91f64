"""What columns are called in the files that firms bring along, in three languages, and in what programs export."""

from clients.imports.kinds import Layout

CLIENT_HEADERS = {
    "name": "client company customer firma kunde unternehmen клиент наименование название контрагент компания",
    "legal_name": "full_name voller_name firmierung полное_наименование юридическое_название",
    "status": "state stand статус состояние",
    "tier": "level stufe klasse уровень категория",
    "account_manager": "manager owner betreuer kundenbetreuer менеджер ответственный куратор",
    "street": "address strasse straße anschrift адрес улица",
    "postcode": "zip postal_code plz postleitzahl индекс почтовый_индекс",
    "city": "town ort stadt город населенный_пункт",
    "country": "land staat страна",
    "currency": "währung валюта",
    "language": "sprache язык",
    "industry": "sector branche отрасль сфера_деятельности",
    "vat_id": "vat_number vat ust-id ust-idnr umsatzsteuer-id",
    "tax_number": "tax_id tax_number steuernummer инн inn",
    "registration_reason": "кпп kpp",
    "billing_email": (
        "invoice_email billing_email email mail rechnungsmail rechnungs-e-mail почта эл_почта электронная_почта"
    ),
    "e_invoice": "einvoice e-rechnung erechnung электронный_счет эсф",
    "e_address": "electronic_address elektronische_adresse идентификатор_эдо",
    "buyer_reference": "leitweg-id leitweg_id bestellreferenz käuferreferenz ссылка_покупателя",
    "payment_terms_days": "terms payment_terms zahlungsziel zahlungsziel_tage срок_оплаты отсрочка",
    "seller": "verkäufer eigene_firma наша_компания исполнитель",
    "since_on": "since customer_since kunde_seit seit клиент_с дата_начала",
    "external_id": "id number customer_number kundennummer nr код номер внешний_код",
}
CONTACT_HEADERS = {
    "client": (
        "company company_name customer organization firma kunde unternehmen клиент компания контрагент организация"
    ),
    "first_name": "given_name vorname имя",
    "last_name": "surname family_name name nachname фамилия",
    "full_name": "contact_name whole_name voller_name vollständiger_name фио полное_имя",
    "position": "title job_title funktion должность",
    "email": "mail e-mail почта эл_почта электронная_почта",
    "phone": "telephone phone_number mobile telefon handy телефон",
    "buying_role": "role rolle роль",
    "level": "ebene уровень",
    "birthday": "date_of_birth geburtstag день_рождения дата_рождения",
    "language": "sprache язык",
    "external_id": "id number nr код номер внешний_код",
}
CONTACT_LAYOUTS = (
    Layout(
        "HubSpot",
        "First Name|Last Name|Contact owner",
        {
            "client": "Associated Company|Company name|Company|Primary Associated Company|Associated Company (Primary)",
            "first_name": "First Name",
            "last_name": "Last Name",
            "email": "Email|Email address",
            "phone": "Phone Number|Mobile phone number",
            "position": "Job Title",
            "birthday": "Date of birth",
            "language": "Preferred language",
            "external_id": "Record ID|Record ID - Contact",
        },
    ),
    Layout(
        "Pipedrive",
        "Person - Name|Person - Organization",
        {
            "client": "Person - Organization",
            "full_name": "Person - Name",
            "first_name": "Person - First name",
            "last_name": "Person - Last name",
            "email": "Person - Email - Work|Person - Email|Person - Email - Other|Person - Email - Home",
            "phone": "Person - Phone - Work|Person - Phone|Person - Phone - Mobile|Person - Phone - Other",
            "position": "Person - Job title|Person - Title",
            "birthday": "Person - Birthday",
            "external_id": "Person - ID",
        },
    ),
)
