"""The decided digest: what a reviewer saw is what is executed (INVARIANTS D2)."""

from collections.abc import Mapping

from approvals.rules.facts import Facts
from approvals.rules.findings import Reading
from approvals.rules.vocabulary import Json
from crmgov.kernel import canonical


def decided_digest(*, payload: Json, recipient: str, facts: Facts, reading: Reading) -> str:
    """SHA-256, 64 hex digits, over RFC 8785 canonical JSON of what a decision is about.

    `payload` is what will be executed, `recipient` whom it reaches (empty for none). From the facts come the
    current values of the fields it changes and of the facts it relied on, from the reading the rules that
    held it and what they point at: another hold or one more ticket is news. Any other change on the record
    leaves an approval undisturbed.
    """
    return canonical.digest(
        {
            "payload": payload,
            "recipient": recipient,
            "current": {item.field: item.current for item in facts.items},
            "relied": {fact.name: fact.now for fact in facts.relied},
            "held_by": sorted({f"{found.field}:{found.rule}" for found in reading.findings}),
            "because_of": sorted(
                {f"{found.rule}:{ref.kind}:{ref.id}" for found in reading.findings for ref in found.evidence}
            ),
        }
    )


def conflict_digest(*, field: str, ours: Json, claims: Mapping[str, Json]) -> str:
    """What settling a conflict is about: our value as it stands, and each other claim by its key."""
    return canonical.digest({"field": field, "ours": ours, "claims": dict(claims)})
