"""What stands for the placeholders of texts while their language is judged."""

# Each is a number of something: every text with one is judged with none, one and two.
COUNTS = set("advisers cells changed count deleted done exported files handed_over left moved opened readable rows total".split())

NAMES = {
    "adviser": "Anna van Dijk",
    "approved_by": "Olga Visser",
    "browser": "Firefox",
    "by": "Olga Visser",
    "cell": "B2",
    "code": "ABCD-EFGH-JKMN-PQRS",
    "column": "BSN",
    "copy": "3F2A",
    "earlier": "1",
    "email": "anna@example.nl",
    "address": "anna@example.nl",
    "encoding": "UTF-8",
    "from": "Anna van Dijk",
    "id": "5GH2",
    "link": "https://files.example.nl/#/login",
    "max": "30",
    "min": "1",
    "minutes": "4",
    "name": "Anna van Dijk",
    "new_address": "a…@example.nl",
    "number": "2",
    "organisation": "Voorbeeld BV",
    "officers": "Olga Visser",
    "party": "Voorbeeld BV",
    "proposed_by": "Olga Visser",
    "reference": "5GH2",
    "row": "12",
    "seconds": "05",
    "site": "https://files.example.nl",
    "system": "Windows",
    "to": "Olga Visser",
    "username": "anna.dijk",
    "version": "2",
    "watermark": "5GH2",
    "who": "Olga Visser",
}

_MOMENT = {"nl": "24 november 2026 om 14:05 uur", "en": "24 November 2026 at 14:05 (Dutch time)"}
_DAY = {"nl": "24 november 2026", "en": "24 November 2026"}

VALUES = {
    **dict.fromkeys("at aware deadline due final first interim last moves_at since started until when".split(), _MOMENT),
    **dict.fromkeys("date on".split(), _DAY),
    "amount": {"nl": "€ 1.250,00", "en": "€1,250.00"},
    "contact": {"nl": "de privacy officer", "en": "the privacy officer"},
    "controller": {"nl": "Naam: Voorbeeld BV", "en": "Name: Voorbeeld BV"},
    "data": {"nl": "namen, adressen", "en": "names, addresses"},
    "delimiter": {"nl": "puntkomma", "en": "semicolon"},
    "details": {"nl": "Rol: verwerker", "en": "Role: processor"},
    "device": {"nl": "IP-adres: 192.0.2.1", "en": "IP address: 192.0.2.1"},
    "effects": {"nl": "Onbekenden kunnen de gegevens lezen.", "en": "Strangers can read the data."},
    "ground": {"nl": "Niet meer nodig", "en": "No longer needed"},
    "hours": {"nl": "24", "en": "24"},
    "kind": {"nl": "eerste melding", "en": "initial notification"},
    "list": {"nl": "Landen", "en": "Countries"},
    "nature": {"nl": "vertrouwelijkheid", "en": "confidentiality"},
    "firm": {"nl": "Kantoor Dijk, Markt 2, 2611 GS Delft", "en": "Example Advice, Church Street 2, Delft"},
    "office": {"nl": "uw kantoor", "en": "your firm"},
    "reason": {"nl": "De wet vraagt dat.", "en": "The law requires it."},
    "screen": {"nl": "Mijn account", "en": "My account"},
    "step": {"nl": "Afgerond", "en": "Completed"},
    "summary": {"nl": "Een laptop is gestolen.", "en": "A laptop was stolen."},
    "taken": {"nl": "De laptop is op afstand gewist.", "en": "The laptop was erased remotely."},
    "todo": {"nl": "Vraag op tijd een nieuw rapport.", "en": "Ask for a new report in time."},
    "wait": {"nl": "Het voorstel gaat morgen in.", "en": "The proposal takes effect tomorrow."},
    "what": {"nl": "Opslaan", "en": "Save"},
    "word": {"nl": "wissen", "en": "erase"},
}

# By the end of a key, where a name stands for something else.
OTHERS = {
    "clients.page": {"from": "101", "to": "200"},
    "clients.last_page": {"from": "101", "to": "200"},
    "clock": {"at": "14:05"},
    "amount_between": {"min": {"nl": "0,01", "en": "0.01"}, "max": {"nl": "1.000,00", "en": "1,000.00"}},
    "file.remove_row": {"row": {"nl": "Kind 1", "en": "Child 1"}},
    "file.removed": {"row": {"nl": "Kind 1", "en": "Child 1"}},
    "organisation_changed.txt": {"by": {"nl": "Olga Visser heeft dat gedaan.", "en": "Olga Visser did so."}},
    "processor_deadline.txt": {"what": {"nl": "overeenkomst loopt af op", "en": "agreement ends on"}},
    "officer_account.txt": {"what": {"nl": "Voorgesteld door Olga Visser", "en": "Proposed by Olga Visser"}},
}


def numbers(key, names):
    """The numbers that a text is judged with."""
    if not names & COUNTS:
        return [None]
    form = key.rsplit(".", 1)[-1]
    return {"zero": [0], "one": [1], "other": [0, 2]}.get(form, [0, 1, 2])


def sample(key, name, language, number):
    """What stands for `name`, and whether it is a name, whose spelling is nobody's business."""
    for end, values in OTHERS.items():
        if name in values and (key == end or key.endswith("." + end) or key.endswith("/" + end)):
            value = values[name]
            return (value, True) if isinstance(value, str) else (value[language], False)
    if name in COUNTS:
        return str(number), False
    if name in VALUES:
        return VALUES[name][language], False
    if name in NAMES:
        return NAMES[name], True
    raise SystemExit(f"{key}: tests/language/samples.py has nothing for {{{name}}}")
