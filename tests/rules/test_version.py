"""Whoever changes a rule raises its version, or old readings could not be told from new ones."""

import hashlib
from pathlib import Path

import approvals.rules
from approvals.rules.version import RULES_VERSION

ROOM = Path(approvals.rules.__file__).parent

# One line per version, newest last; lines of released versions are never edited.
RECORDED = {
    1: "2a14cf4257658f2f5feb5ac24c12d542587c8574f928698f2608a7a8fdced27d",
    2: "0cefd03c98485abd62825bf5e576785dc64af3cca0155209cbf8da54cf2ff085",
    3: "3fde328c26675d8a935de7b4017789156e8eee4e05eb0babfd286501afb4cb3e",
    4: "cda096b10f526ae8d2d0fe6b6b25ac1bf17548125c9c10dfc968960d5e3cc86f",
    5: "da4122b2f67573fe35b554c4154b64980b48a9afc9f9e5b981c27301c0a7929d",
    6: "a33bf5ea8240d56559c74480e7fec7b2907d5a264fd8f781ae68a038420c571f",
    7: "0e09e7ecf731237600994837c6dcf3520fe096322c4d6ebb2286861566b61754",
    8: "119408cd3fdaa97bae4c7be09156fc7c6d995b7be31ef196cba2a0ae8994efe7",
}


def fingerprint() -> str:
    """SHA-256 over names and sources of the rules, without the file that holds the version."""
    summed = hashlib.sha256()
    for source in sorted(ROOM.rglob("*.py")):
        if source.name != "version.py":
            summed.update(source.relative_to(ROOM).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return summed.hexdigest()


def test_the_sources_of_the_rules_are_those_of_their_version() -> None:
    assert max(RECORDED) == RULES_VERSION
    assert fingerprint() == RECORDED[RULES_VERSION], (
        f"The rules changed. Set RULES_VERSION to {RULES_VERSION + 1} in approvals/rules/version.py "
        f"and add the line {RULES_VERSION + 1}: {fingerprint()!r} here."
    )


def test_no_version_is_left_out_and_none_is_another_again() -> None:
    assert sorted(RECORDED) == list(range(1, RULES_VERSION + 1))
    assert len(set(RECORDED.values())) == len(RECORDED)
