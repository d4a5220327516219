"""Three workflows of a line or two, to try what holds for all."""

from __future__ import annotations

from datetime import timedelta

from approvals.workflows import Again, Answer, BuiltIn, Case, Terms, Trigger
from approvals.workflows.kinds import setting

FIELDS = ("account.industry", "account.region")


def _terms(writes: str) -> Terms:
    return Terms(trigger="A test.", record_types=("account",), actions=("set_fields",), writes=(writes,))


class NameIndustry(BuiltIn):
    """Names the industry after the region."""

    name, version, subject = "name-industry", "1", "account"
    triggers = (Trigger("changed", ("account",), fields=("region",)),)
    terms = _terms("account.industry")

    def propose(self, case: Case) -> Answer:
        if case.record.name == "Broken":
            raise ZeroDivisionError("nothing to divide")
        yield setting(case, "industry", f"Trade in {case.record.region}", reason="A test.")


class NameRegion(BuiltIn):
    """Names the region after the industry: with the other one it would go on for ever."""

    name, version, subject = "name-region", "1", "account"
    triggers = (Trigger("changed", ("account",), fields=("industry",)),)
    terms = _terms("account.region")

    def propose(self, case: Case) -> Answer:
        yield setting(case, "region", f"Where {case.record.industry} is"[:80], reason="A test.")


class LookAgain(BuiltIn):
    """Looks at a record an hour after its region changed, and at every customer at night."""

    name, version, subject = "look-again", "1", "account"
    triggers = (Trigger("changed", ("account",), fields=("region",)),)
    terms = _terms("account.industry")
    sweep = "customers"
    most_a_night = 2

    def propose(self, case: Case) -> Answer:
        if case.moved("region"):
            yield Again("later", case.at + timedelta(hours=1))
        if case.woken or case.swept:
            yield setting(case, "industry", "Woken" if case.woken else "Swept", reason="A test.")
