"""Names and sentences of the demo company. No name is meant to be a real company's or person's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A country as its contacts show it. Telephone numbers are from ranges nobody can be reached at."""

    region: str
    language: str
    time_zone: str
    phone: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


NORDIC_FIRST = (
    "Maya", "Ingrid", "Lars", "Astrid", "Erik", "Freja", "Nils", "Sigrid", "Oskar", "Liv", "Johan", "Karin",
    "Magnus", "Signe", "Anders", "Tuva", "Henrik", "Elin",
)  # fmt: skip
NORDIC_LAST = (
    "Lind", "Berglund", "Haugen", "Solberg", "Nyström", "Dahlin", "Kvist", "Ekdahl", "Strand", "Moen",
    "Thorsen", "Holmgren", "Bakken", "Wiklund", "Sand", "Falk",
)  # fmt: skip
BRITISH_FIRST = (
    "Oliver", "Amelia", "George", "Harriet", "Callum", "Imogen", "Rhys", "Niamh", "Duncan", "Eleanor", "Aidan",
    "Beatrice", "Owen", "Fiona", "Marcus", "Zara",
)  # fmt: skip
BRITISH_LAST = (
    "Ashdown", "Whitlock", "Pemberton", "Kerr", "Lockyer", "Tresham", "Mallory", "Byrne", "Hartnell", "Cowley",
    "Redfern", "Sinclair", "Thackray", "Okonjo", "Purcell", "Waverley",
)  # fmt: skip
DUTCH_FIRST = ("Sanne", "Bram", "Femke", "Joris", "Lotte", "Ruben", "Anouk", "Thijs", "Marit", "Koen")
DUTCH_LAST = ("van Rijn", "Bakhuis", "de Wael", "Hoekstra", "Verbruggen", "Smeets", "Terlinden", "Claes")
GERMAN_FIRST = (
    "Katrin", "Lukas", "Annika", "Matthias", "Sabine", "Florian", "Heike", "Tobias", "Greta", "Stefan",
    "Miriam", "Jan", "Ulrike", "Benedikt", "Lena", "Dominik",
)  # fmt: skip
GERMAN_LAST = (
    "Albrecht", "Brandner", "Dorsch", "Ehlers", "Fuhrmann", "Gerlach", "Hollmann", "Kessler", "Lindner",
    "Marquardt", "Pohl", "Reinhold", "Seidel", "Thalheim", "Voss", "Zeller",
)  # fmt: skip
FRENCH_FIRST = (
    "Henri", "Claire", "Antoine", "Juliette", "Étienne", "Margaux", "Bastien", "Solène", "Mathis", "Inès",
    "Romain", "Élodie", "Thibault", "Noémie",
)  # fmt: skip
FRENCH_LAST = (
    "Blanc", "Carpentier", "Delattre", "Faure", "Garnier", "Jourdan", "Lemoine", "Marchand", "Perrin",
    "Renaud", "Sorel", "Vasseur", "Chevalier", "Aubry",
)  # fmt: skip
IBERIAN_FIRST = ("Lucía", "Javier", "Carmen", "Diego", "Marta", "Álvaro", "Beatriz", "Rui", "Inês", "Tomás")
IBERIAN_LAST = (
    "Navarro", "Iglesias", "Cordero", "Vidal", "Montes", "Serrano", "Ferreira", "Lacerda", "Pardo", "Rueda",
)  # fmt: skip

PLACES: dict[str, Place] = {
    "NO": Place("Nordics", "no", "Europe/Oslo", "+47 5550", NORDIC_FIRST, NORDIC_LAST),
    "SE": Place("Nordics", "sv", "Europe/Stockholm", "+46 8 5550", NORDIC_FIRST, NORDIC_LAST),
    "DK": Place("Nordics", "da", "Europe/Copenhagen", "+45 5550", NORDIC_FIRST, NORDIC_LAST),
    "FI": Place("Nordics", "fi", "Europe/Helsinki", "+358 9 5550", NORDIC_FIRST, NORDIC_LAST),
    "GB": Place("United Kingdom", "en", "Europe/London", "+44 1632 96", BRITISH_FIRST, BRITISH_LAST),
    "IE": Place("Ireland", "en", "Europe/Dublin", "+353 1 555", BRITISH_FIRST, BRITISH_LAST),
    "NL": Place("Benelux", "nl", "Europe/Amsterdam", "+31 20 555", DUTCH_FIRST, DUTCH_LAST),
    "BE": Place("Benelux", "nl", "Europe/Brussels", "+32 2 555", DUTCH_FIRST, DUTCH_LAST),
    "DE": Place("DACH", "de", "Europe/Berlin", "+49 30 5550", GERMAN_FIRST, GERMAN_LAST),
    "AT": Place("DACH", "de", "Europe/Vienna", "+43 1 5550", GERMAN_FIRST, GERMAN_LAST),
    "CH": Place("DACH", "de", "Europe/Zurich", "+41 44 555", GERMAN_FIRST, GERMAN_LAST),
    "FR": Place("France", "fr", "Europe/Paris", "+33 1 99 00", FRENCH_FIRST, FRENCH_LAST),
    "ES": Place("Iberia", "es", "Europe/Madrid", "+34 910 55", IBERIAN_FIRST, IBERIAN_LAST),
    "PT": Place("Iberia", "pt", "Europe/Lisbon", "+351 21 555", IBERIAN_FIRST, IBERIAN_LAST),
}

TITLES = {
    "small": ("Owner", "Managing director", "Office manager", "Operations manager", "Bookkeeper", "Dispatcher"),
    "mid": (
        "Head of operations", "Fleet manager", "Director of logistics", "Purchasing manager", "CFO",
        "IT manager", "Warehouse manager", "Quality manager",
    ),
    "enterprise": (
        "VP Supply chain", "Director of fleet", "Chief operating officer", "Category manager", "Legal counsel",
        "Head of procurement", "Program manager", "IT architect", "Regional operations lead",
    ),
}  # fmt: skip

PRODUCTS = (
    ("Fleet", "Tracking", "39.00"),
    ("Fleet Plus", "Tracking", "59.00"),
    ("Cold Chain", "Sensors", "84.00"),
    ("Warehouse", "Sensors", "120.00"),
    ("Insight", "Analytics", "480.00"),
    ("Support Plus", "Services", "950.00"),
)

STAGES = (
    ("Discovery", "open"),
    ("Qualification", "open"),
    ("Proposal", "open"),
    ("Negotiation", "open"),
    ("Won", "won"),
    ("Lost", "lost"),
)

DEALS = (
    "{product} roll-out", "{product} pilot", "{product} for the new site", "{product} renewal",
    "{product} add-on", "{product} for two more depots",
)  # fmt: skip

NEXT_STEPS = (
    "Send the revised offer", "Call after their budget meeting", "Agree on a pilot site",
    "Wait for the security questionnaire", "Introduce the project lead", "Confirm the number of units",
)  # fmt: skip

LOST_REASONS = ("Price", "Chose another supplier", "Project stopped", "No decision in time")

TICKETS = (
    ("Positions arrive an hour late", "Fleet", "high"),
    ("Invoice shows the old billing address", "Support Plus", "normal"),
    ("Temperature alarm did not reach the driver", "Cold Chain", "urgent"),
    ("New colleague needs a login", "Insight", "low"),
    ("Report by depot is empty for Monday", "Insight", "normal"),
    ("Two sensors show the same number", "Warehouse", "normal"),
    ("Export to spreadsheet stops at 10,000 rows", "Insight", "normal"),
    ("Map does not load on the tablet", "Fleet Plus", "high"),
    ("How do we retire a vehicle?", "Fleet", "low"),
    ("Gateway offline since the move", "Warehouse", "high"),
    ("Door sensor battery lasts a week", "Cold Chain", "normal"),
    ("Please add the new depot", "Fleet", "low"),
    ("Alert mails arrive twice", "Cold Chain", "normal"),
    ("API answers 502 in the early morning", "Insight", "high"),
    ("Wrong unit on the fuel chart", "Fleet Plus", "low"),
    ("Credit note for the outage", "Support Plus", "normal"),
)

MAILS = (
    ("Offer for {product}", "mail_out"),
    ("Your question about {product}", "mail_out"),
    ("Minutes of our call", "mail_out"),
    ("Re: Offer for {product}", "mail_in"),
    ("Delivery dates for the next units", "mail_in"),
    ("Question about the contract", "mail_in"),
    ("Re: Minutes of our call", "reply"),
    ("Thank you, that works for us", "reply"),
)

TALKS = (
    ("Call about {product}", "call"),
    ("Quarterly review", "meeting"),
    ("Call about the open ticket", "call"),
    ("Visit on site", "meeting"),
    ("Short call on delivery dates", "call"),
)

NOTES = (
    "They want one contact for all sites.",
    "Budget for next year is decided in the autumn.",
    "The new operations lead comes from a customer of ours.",
    "Asked for references in their industry.",
    "Two depots move together in the spring.",
    "Prefers calls in the morning.",
)

PAGES = (
    "Pricing",
    "Cold chain guide",
    "API reference",
    "Customer stories",
    "Security overview",
    "Release notes",
)
VIDEOS = ("Fleet in five minutes", "Setting up a gateway", "Cold chain webinar")
FORMS = ("Demo request", "Contact form", "Webinar sign-up", "Price request")
