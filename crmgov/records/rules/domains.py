"""Web domains: which are one, which are anybody's, and which several companies share."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from email_validator import EmailNotValidError
from email_validator.syntax import validate_email_domain_name
from publicsuffixlist import PublicSuffixList

from .problems import ValueProblem


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


HOST = re.compile(r"^(?!-)(?:[a-z0-9-]{1,63}(?<!-)\.)+[a-z][a-z0-9-]{1,62}$")
# RFC 2606 keeps these for examples and tests: no registry has them, and nobody is ever behind one.
RESERVED = ("example", "test")
# Where anybody gets a mailbox: such a domain says nothing about a company. Brands with many endings stand once.
FREE_MAIL = _names("""
    126.com 139.com 163.com aim.com aol.com aol.de arcor.de att.net bellsouth.net bigpond.com bk.ru
    bluewin.ch btinternet.com charter.net comcast.net cox.net daum.net earthlink.net email.com fastmail.com
    fastmail.fm free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net
    hey.com hushmail.com icloud.com inbox.lv inbox.ru interia.pl juno.com kpnmail.nl laposte.net libero.it
    list.ru mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl op.pl
    optonline.net optusnet.com.au orange.fr outlook.com pm.me posteo.de posteo.net proton.me protonmail.ch
    protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com sapo.pt sbcglobal.net seznam.cz sfr.fr
    shaw.ca sina.com sky.com sympatico.ca t-online.de talktalk.net telenet.be tiscali.it tuta.com
    tutanota.com ukr.net verizon.net virgilio.it virginmedia.com vodafone.de wanadoo.fr web.de
    windowslive.com wp.pl xs4all.nl ya.ru yandex.com yandex.ru yeah.net ymail.com ziggo.nl zoho.com
    zohomail.com
""")
FREE_BRANDS = ("yahoo.", "hotmail.", "live.", "outlook.", "yandex.", "rediffmail.")
# A company's page there is no domain of the company.
SHARED = _names("""
    about.me bit.ly ebay.com etsy.com facebook.com fb.com github.com goo.gl google.com instagram.com
    linkedin.com linktr.ee medium.com pinterest.com t.me tiktok.com twitter.com vimeo.com wa.me
    wikipedia.org x.com xing.com yelp.com youtube.com
""")


@lru_cache(maxsize=20_000)
def domain(value: str) -> str:
    """Return the host of a web address, without “www.” and in lower case. Raises ValueProblem.

    A public suffix alone (co.uk) and an unknown top-level domain are no domain.
    """
    plain = _host(value)
    suffix = _suffixes().publicsuffix(plain)
    if suffix is None and plain.rpartition(".")[2] not in RESERVED:
        raise ValueProblem(f"“{value[:80]}” is not a web domain: there is no “.{plain.rpartition('.')[2]}”.")
    if suffix == plain:
        raise ValueProblem(f"“{value[:80]}” is not a web domain: names are registered beneath “{plain}”.")
    return _shown(plain)


def host(value: str) -> str:
    """Return the host, whoever owns it: what a suppression may name. Raises ValueProblem.

    In the form in which addresses of mail have it: the older standard that web addresses are read by makes ss of ß,
    and then nothing would ever match.
    """
    bare = _bare(value)
    if bare.isascii() and "xn--" not in bare:
        return _host(value)
    try:
        return str(validate_email_domain_name(bare, test_environment=True)["domain"])
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueProblem(f"“{value[:80]}” is not a web domain like example.com.") from error


def is_free_mail(name: str) -> bool:
    """Can anybody have an address there?"""
    return name in FREE_MAIL or (name.startswith(FREE_BRANDS) and _suffixes().privatesuffix(name) == name)


def identifies(name: str) -> bool:
    """Does this domain tell one company from others? Free mail and places many share do not."""
    return bool(name) and not is_free_mail(name) and not _is_shared(name)


def of_email(address: str) -> str:
    """Return the part behind the @, or ""."""
    return address.rpartition("@")[2]


def _is_shared(name: str) -> bool:
    """Beneath it, too: de.linkedin.com is nobody's own. All of them are two words long."""
    return ".".join(name.rsplit(".", 2)[-2:]) in SHARED


def _bare(value: str) -> str:
    """Without what stands around it in a web address."""
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://|^//", "", value.lower())
    bare = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return re.sub(r":[0-9]{1,5}$", "", bare).removeprefix("www.").rstrip(".")


def _host(value: str) -> str:
    """The host in ASCII. An address of mail or one with a login is no web address."""
    bare = _bare(value)
    try:
        plain = bare.encode("idna").decode() if not bare.isascii() else bare
    except UnicodeError:
        plain = ""
    if len(plain) > 253 or not HOST.match(plain):
        raise ValueProblem(f"“{value[:80]}” is not a web domain like example.com.")
    return plain


def _shown(plain: str) -> str:
    """One form for one name: letters of the language, not xn--."""
    if "xn--" not in plain:
        return plain
    try:
        return plain.encode().decode("idna")
    except UnicodeError:
        return plain


@cache
def _suffixes() -> PublicSuffixList:
    """The registries' part of the list: github.io is a suffix only by agreement, and a company's own domain."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)
