"""The three people of the demo company a newcomer logs in as. Known passwords: only ever on 127.0.0.1."""

from typing import NamedTuple


class DemoLogin(NamedTuple):
    role: str
    name: str
    email: str
    password: str
    can: str


REVIEWER = DemoLogin(
    "reviewer", "Sara Okafor", "sara@demo.example", "demo-reviewer-2026", "decides her team's queue"
)
MANAGER = DemoLogin(
    "account_manager",
    "Priya Nair",
    "priya@demo.example",
    "demo-manager-2026",
    "owns accounts, may revert and hold",
)
ADMIN = DemoLogin("admin", "Ana Ruiz", "ana@demo.example", "demo-admin-2026", "policies, agents, every team")


def demo_logins() -> tuple[DemoLogin, ...]:
    """What `up` prints after the address, and what `seed_demo` creates."""
    return (REVIEWER, MANAGER, ADMIN)
