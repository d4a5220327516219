"""What may stand in a value with a form, and the one form in which it is stored."""

from __future__ import annotations

import pytest

from crmgov.records.rules import domains
from crmgov.records.rules.countries import country
from crmgov.records.rules.domains import domain
from crmgov.records.rules.formats import currency, language
from crmgov.records.rules.phones import names_no_country, phone
from crmgov.records.rules.problems import ValueProblem
from crmgov.records.rules.values import Kind, ValueSpec, parse, restore

PHONE = ValueSpec(Kind.TEXT, max_length=32, format="phone", nullable=False)


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("0171 1234567", "DE", "+491711234567"),
        ("+49 (0) 171 / 123-45-67", "", "+491711234567"),
        ("0049 171 1234567", "DE", "+491711234567"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("tel:+44-1632-961234", "", "+441632961234"),
        ("+1 212 555 0100 x99", "", "+12125550100 ext. 99"),
        ("030 123456 ext. 12", "DE", "+4930123456 ext. 12"),
        # Its own country counts, whatever the row says.
        ("+33 1 99 00 12 34", "DE", "+33199001234"),
        ("＋４９ 30 123456", "", "+4930123456"),
    ],
)
def test_a_phone_number_is_stored_as_e164_with_its_extension(written: str, region: str, stored: str) -> None:
    assert phone(written, region) == stored
    assert phone(stored) == stored


@pytest.mark.parametrize(
    ("written", "region", "why"),
    [
        ("0171 1234567", "", "names no country"),
        ("0171 1234567", "XX", "names no country"),
        ("+1 555 0100", "", "area code"),
        ("+49 1", "", "not a phone number"),
        ("+999 123456", "", "not a phone number"),
        ("+49 171 1234567 / +49 172 1234567", "", "not a phone number"),
        ("030 123456 (office)", "DE", "words"),
        ("1-800-FLOWERS", "US", "words"),
        ("ask Maya", "DE", "words"),
        ("+" + "1" * 300, "", "several numbers"),
        ("--", "DE", "not a phone number"),
    ],
)
def test_what_is_no_single_phone_number_is_refused(written: str, region: str, why: str) -> None:
    with pytest.raises(ValueProblem, match=why):
        phone(written, region)


def test_a_number_that_names_its_country_is_known_by_its_plus() -> None:
    assert not names_no_country(" tel: +49 30 1")
    assert not names_no_country("(+49) 30 1")
    assert names_no_country("030 1")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("acme.com", "acme.com"),
        ("HTTPS://WWW.Acme.Co.UK/about?x=1#top", "acme.co.uk"),
        ("//shop.acme.com:8443", "shop.acme.com"),
        ("acme.com.", "acme.com"),
        ("acme.example", "acme.example"),
        ("bücher.de", "bücher.de"),
        ("xn--bcher-kva.de", "bücher.de"),
        ("github.io", "github.io"),
        ("acme.museum", "acme.museum"),
    ],
)
def test_a_web_domain_is_stored_bare(written: str, stored: str) -> None:
    assert domain(written) == stored
    assert domain(stored) == stored


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("co.uk", "beneath"),
        ("com", "not a web domain"),
        ("gov.uk", "beneath"),
        ("acme.zzzz", "there is no “.zzzz”"),
        ("intranet.local", "there is no “.local”"),
        ("maya@acme.com", "not a web domain"),
        ("n/a", "not a web domain"),
        ("192.0.2.7", "not a web domain"),
        ("acme", "not a web domain"),
        ("a" * 64 + ".com", "not a web domain"),
        ("javascript:alert(1)", "not a web domain"),
    ],
)
def test_what_is_no_domain_is_refused(written: str, why: str) -> None:
    with pytest.raises(ValueProblem, match=why):
        domain(written)


@pytest.mark.parametrize("name", ["gmail.com", "yahoo.co.uk", "hotmail.fr", "gmx.de", "qq.com"])
def test_free_mail_is_known_and_identifies_no_company(name: str) -> None:
    assert domains.is_free_mail(name)
    assert not domains.identifies(name)


@pytest.mark.parametrize(
    ("name", "identifies"),
    [
        ("acme.com", True),
        ("live.acme.com", True),
        ("facebook.com", False),
        ("de.linkedin.com", False),
        ("", False),
        ("notfacebook.com", True),
    ],
)
def test_shared_places_identify_nobody(name: str, identifies: bool) -> None:
    assert domains.identifies(name) is identifies


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("United  States", "US"),
        ("Brasil", "BR"),
        ("Norge", "NO"),
        ("Czech Republic", "CZ"),
    ],
)
def test_a_country_is_read_by_code_and_by_name(written: str, code: str) -> None:
    assert country(written) == code


@pytest.mark.parametrize("written", ["DACH", "Philipines", "Europe", "EU", "ZZ", "419", "", "Korea"])
def test_what_is_no_country_is_refused(written: str) -> None:
    with pytest.raises(ValueProblem):
        country(written)


@pytest.mark.parametrize(
    ("written", "code"), [("eur", "EUR"), ("US dollars", "USD"), ("Swiss Franc", "CHF"), ("€", "EUR")]
)
def test_a_currency_is_read_by_code_and_by_name(written: str, code: str) -> None:
    assert currency(written) == code


@pytest.mark.parametrize("written", ["$", "dollars", "XXY", "Euro dollars"])
def test_what_is_no_one_currency_is_refused(written: str) -> None:
    with pytest.raises(ValueProblem):
        currency(written)


@pytest.mark.parametrize(
    ("written", "tag"),
    [("DE", "de"), ("pt_br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("German", "de"), ("Deutsch", "de")],
)
def test_a_language_is_read_by_tag_and_by_name(written: str, tag: str) -> None:
    assert language(written) == tag
    assert language(tag) == tag


@pytest.mark.parametrize("written", ["Klingonese", "xx", "und", "de-", "de-ZZ", "deutsch-land", "-"])
def test_what_is_no_language_is_refused(written: str) -> None:
    with pytest.raises(ValueProblem):
        language(written)


def test_length_is_asked_of_what_is_stored() -> None:
    long_way = "https://www.acme.com/" + "a" * 400
    assert parse(ValueSpec(Kind.TEXT, max_length=20, format="domain"), long_way) == "acme.com"
    with pytest.raises(ValueProblem, match="is the most"):
        parse(ValueSpec(Kind.TEXT, max_length=5, format="domain"), long_way)
    with pytest.raises(ValueProblem, match="is the most"):
        parse(ValueSpec(Kind.TEXT, format="domain"), "a" * 5_000)


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused_and_named(sign: str) -> None:
    with pytest.raises(ValueProblem, match="control character U\\+"):
        parse(ValueSpec(Kind.TEXT), f"a{sign}b")


def test_what_was_stored_under_older_rules_is_not_judged_again() -> None:
    with pytest.raises(ValueProblem):
        parse(PHONE, "555 1234")
    assert restore(PHONE, "555 1234") == "555 1234"
    assert restore(PHONE, "") == ""
