"""Whoever changes a built-in workflow raises its version, or its old suggestions could not be told from new ones."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

import pytest

from approvals.workflows import BUILT_IN, BuiltIn, letters, playbooks

# One line per version, newest last; lines of released versions are never edited.
RECORDED = {
    "lead-qualification": {"1": "a54a8222a46541a7ae556fc753e9ed808d9678bf2252ea195e22063a3cff6a65"},
    "follow-up": {"1": "4c4c394229aedcb2767a7e59ac60709d6d08fd16f2db86821d2a61cdbb1f98ca"},
    "onboarding-start": {"1": "cc7b4b798aaecb5c0d8e3692a8e004e67826f0cf52ffbc7995a5feee50158408"},
    "next-step": {"1": "8a0b3c8289c30c32bf05e39e5a70ba79f5f6fad2367651a3261b71d8b7c938ab"},
    "risk-detection": {
        "1": "a30d8df73d13b813370299e871e1418127e15b6c063e1a6f89c2176aa4acf0aa",
        "2": "e064716a27b73b7335dcd7e7475676ecdafd1939983e476f8ed432a80c18bea6",
    },
    "renewal-prompts": {"1": "79372b69721926137ab36d61db6c164d2c659825726c28215a6d3d84f598bdbb"},
    "hygiene-contacts": {
        "1": "c9f33d8e66f5cce38b46d7a1a9cbfbc8df8e087dfefae03f948d88124c2c3db2",
        "2": "9e7cdf30754ce22c9cd4c3b1758f2597593df916ed6e4ec64ac5311decce54d0",
    },
    "hygiene-accounts": {
        "1": "c9f33d8e66f5cce38b46d7a1a9cbfbc8df8e087dfefae03f948d88124c2c3db2",
        "2": "9e7cdf30754ce22c9cd4c3b1758f2597593df916ed6e4ec64ac5311decce54d0",
    },
    "cold-leads": {
        "1": "c9f33d8e66f5cce38b46d7a1a9cbfbc8df8e087dfefae03f948d88124c2c3db2",
        "2": "9e7cdf30754ce22c9cd4c3b1758f2597593df916ed6e4ec64ac5311decce54d0",
    },
    "escalation-reply": {"1": "70188f1ab9cb40e0acb048f1c6be35dadc58f227bae305d41a426533ddffb7b6"},
    "trial-sequence": {"1": "63f043e3ead53ebc0b9aa0625bc6d8cd5eb86b4fb712008b9a81c594029514be"},
    "win-back": {"1": "0b9bf663ac1de5d71a4ac9c3e7373d86fef4b0f96959da17f521d88aa9902bb8"},
    "meeting-preparation": {"1": "bc1e3d5afbc22396d483f00d28881b3d85ebfea3baa66542800fcf69c943a7b3"},
    "meeting-summary": {"1": "3966d891010d5001670b491147da4f076757a2dcd9fcbfca6e04cede25edb69c"},
    "outbound-brief": {"1": "045b0d27ac177e283683f01cfe9cd1105cec604e40a90cd967a40cbc73ad6cf2"},
    "publish-scores": {"1": "ec3b29d450edd0aa4e8ddfc1e876e9073a8ab9782c93296dbb4ce8131ae6ea81"},
    "score-risk": {"1": "60ec42408fb1b219edd35bc7c0c79a1610cec85f0e8597b7b2c1d8d85f8960fa"},
    "dormant-reactivation": {"1": "bff300e8bcc6c4242cf2b0c64498db33a9aab67ceb830f449101e2a02a85655c"},
}


def fingerprint(workflow: BuiltIn) -> str:
    """SHA-256 over the source of the workflow, and of the playbooks where it follows one."""
    source = Path(inspect.getfile(type(workflow))).read_bytes()
    if b"from .playbooks" in source:
        source += b"\0" + Path(playbooks.__file__).read_bytes()
    if b"from .letters" in source:
        source += b"\0" + Path(letters.__file__).read_bytes()
    return hashlib.sha256(source).hexdigest()


@pytest.mark.parametrize("workflow", BUILT_IN, ids=lambda one: one.name)
def test_the_source_of_a_workflow_is_that_of_its_version(workflow: BuiltIn) -> None:
    recorded = RECORDED[workflow.name]
    assert list(recorded)[-1] == workflow.version
    assert fingerprint(workflow) == recorded[workflow.version], (
        f"{workflow.name} changed. Raise its version and add the line "
        f"{str(int(workflow.version) + 1)!r}: {fingerprint(workflow)!r} here."
    )


def test_no_two_workflows_share_a_name() -> None:
    names = [one.name for one in BUILT_IN]
    assert len(set(names)) == len(names)
    assert set(names) == set(RECORDED)
