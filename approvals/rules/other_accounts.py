"""Whether a text for one account speaks of another: its addresses, numbers, domains and names, however written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import NumberParseException, national_significant_number, parse

from approvals.rules.characters import in_plain_letters, without_hidden
from approvals.rules.message_links import ascii_host, hosts_named

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[^\s@<>\"'(),;:]{1,253}")
WORD = re.compile(r"\w+")
# Digits with at most three signs between two of them: spaces, brackets, dots, dashes.
DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d)*")
# Shorter ones stand by chance in dates, amounts and order numbers.
FEWEST_DIGITS = 6
FEWEST_LETTERS = 4
MOST_WORDS = 6
# How a company is registered is not its name, and left out where people write.
LEGAL_FORMS = frozenset(
    """
    ab ag aps as asa bv bvba co corp corporation company eg ek ev gbr gmbh inc incorporated kg kgaa limited llc llp ltd
    mbh nv ohg oy oyj plc pty sa sarl sas se spa srl sro ug und and
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Accounts:
    """What belongs to some accounts: e-mail addresses, phone numbers (E.164), web domains, names of companies."""

    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def mentioned(text: str, hosts: Iterable[str], *, own: Accounts, others: Accounts) -> tuple[str, ...]:
    """Return what of `others` stands in `text`, or leads to one of `hosts` (ASCII), and is not `own` as well.

    Each once: as it stands in the text, names as the other account has them.
    """
    seen = without_hidden(text)
    found = [
        *_addresses(seen, own.addresses, others.addresses),
        *_domains(seen, hosts, own.domains, others.domains),
        *_phones(seen, own.phones, others.phones),
        *_names(seen, own.names, others.names),
    ]
    return tuple(dict.fromkeys(found))


def _addresses(text: str, own: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    theirs = _folded(others) - _folded(own)
    for match in ADDRESS.finditer(text):
        if in_plain_letters(match[0].rstrip(".!?-")) in theirs:
            yield match[0].rstrip(".!?-")


def _domains(text: str, hosts: Iterable[str], own: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    theirs = _hosts(others) - _hosts(own)
    for host in dict.fromkeys((*hosts_named(text), *hosts_named(in_plain_letters(text)), *hosts)):
        labels = host.split(".")
        if any(".".join(labels[start:]) in theirs for start in range(len(labels) - 1)):
            yield host


def _phones(text: str, own: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    theirs = _significant(others) - _significant(own)
    lengths = {len(number) for number in theirs}
    for match in DIGITS.finditer(text):
        digits = "".join(str(int(one)) for one in match[0] if one.isdecimal())
        if any(
            digits[start : start + length] in theirs
            for length in lengths
            for start in range(len(digits) - length + 1)
        ):
            yield match[0]


def _names(text: str, own: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    """Names of others that are not a part of an own one where they stand: “Acme” in “Acme Berlin”."""
    words = WORD.findall(in_plain_letters(text))
    ours, theirs = _in_words(own), _in_words(others)
    covered: set[int] = set()
    for start, end in _stretches(len(words)):
        if words[start] in ours.first and tuple(words[start:end]) in ours.names:
            covered.update(range(start, end))
    for start, end in _stretches(len(words)):
        if words[start] not in theirs.first or covered.issuperset(range(start, end)):
            continue
        name = theirs.names.get(tuple(words[start:end]))
        if name is not None:
            yield name


def _stretches(words: int) -> Iterator[tuple[int, int]]:
    for start in range(words):
        for end in range(start + 1, min(start + MOST_WORDS, words) + 1):
            yield start, end


@dataclass(frozen=True)
class _Names:
    names: dict[tuple[str, ...], str]
    first: frozenset[str]


@lru_cache(maxsize=16)
def _in_words(names: frozenset[str]) -> _Names:
    """Names by their words, without how the company is registered. Sorted: of two alike always the same is told."""
    found: dict[tuple[str, ...], str] = {}
    for name in sorted(names):
        words = WORD.findall(in_plain_letters(name))
        while len(words) > 1 and words[-1] in LEGAL_FORMS:
            words.pop()
        if sum(map(len, words)) >= FEWEST_LETTERS:
            found.setdefault(tuple(words[:MOST_WORDS]), name)
    return _Names(found, frozenset(words[0] for words in found))


@lru_cache(maxsize=16)
def _folded(values: frozenset[str]) -> frozenset[str]:
    return frozenset(in_plain_letters(value.strip()) for value in values)


@lru_cache(maxsize=16)
def _hosts(values: frozenset[str]) -> frozenset[str]:
    return frozenset(ascii_host(value.strip().removeprefix("www.")) for value in values) - {""}


@lru_cache(maxsize=16)
def _significant(numbers: frozenset[str]) -> frozenset[str]:
    """The numbers as digits without country and leading zero, which every way to write them holds."""
    return frozenset(filter(None, map(_digits_of, numbers)))


def _digits_of(number: str) -> str:
    try:
        digits = national_significant_number(parse(number[:60], None))
    except NumberParseException:
        digits = "".join(one for one in number if one.isdecimal()).lstrip("0")
    return digits if len(digits) >= FEWEST_DIGITS else ""
