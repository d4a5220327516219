"""What ran by itself this week: scores of accounts, and what firmdata knows of people there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db.models import Q

from approvals.models import Suggestion, SuggestionItem
from crmgov.demo.voices import Say, Stage
from crmgov.demo.words import PLACES
from crmgov.records.models import Account, Contact, FieldChange, Hold, Ticket
from crmgov.records.models.governed import Governed

# Owner -> how many actions of this week.
WEEK = {"priya": 11, "jonas": 4, "felix": 3, "luis": 2}
RUNS_AFTER = timedelta(seconds=4)
# Below the line of the policy in any currency of the story.
SMALL = 40_000
# Hours before now; a week has 168.
FIRST, APART = 2.3, 13.7
# Who speaks, of what, and what they say.
Asked = tuple[str, Governed, Say]


def run_this_week(stage: Stage) -> None:
    """Each is proposed, let through by the gate under the signed grants, and written by the executor."""
    for owner, most in WEEK.items():
        for number, (voice, record, said) in enumerate(islice(_asked(stage, owner), most)):
            at = stage.clock.ago(hours=FIRST + APART * number)
            stage[voice].ask(record, at, said)
            stage.run(at + RUNS_AFTER)


def _asked(stage: Stage, owner: str) -> Iterator[Asked]:
    """The actions of all quiet accounts, taking turns."""
    turns = [list(_about(account)) for account in _quiet(stage, owner)]
    for round_ in range(max(map(len, turns), default=0)):
        yield from (turn[round_] for turn in turns if round_ < len(turn))


def _about(account: Account) -> Iterator[Asked]:
    asked = Suggestion.objects.filter(status="queued", record_type="contact").values("record_id")
    people = Contact.objects.filter(account=account).exclude(pk__in=asked).order_by("last_name", "first_name")
    place = next((one for one in PLACES.values() if one.region == account.region), PLACES["GB"])
    score = f"0.{16 + len(account.name)}00"
    if not account.owner_view:
        yield "health", account, Say("churn_score", score, 0.93, "health-gbm-7", "Use of the last 30 days")
    if account.employees and account.pk not in _questioned():
        grown = round(account.employees * 1.06)
        yield "enrich", account, Say("employees", grown, 0.95, "firmdata", "Latest filing")
    for contact in people.filter(language="")[:1]:
        yield "enrich", contact, Say("language", place.language, 0.94, "firmdata", "Their mail signature")
    for contact in people.filter(phone="")[:2]:
        phone = f"{place.phone} {4000 + sum(map(ord, str(contact)))}".replace(" ", "")
        yield "enrich", contact, Say("phone", phone, 0.93, "firmdata", "Listed on the contact page")


def _questioned() -> set[object]:
    """Accounts whose number of people is asked about, verified by a person, or was put back."""
    asked = SuggestionItem.objects.filter(field="employees", suggestion__status="queued")
    put_back = FieldChange.objects.filter(field="employees", change_set__reverses__isnull=False)
    locked = Account.objects.filter(provenance__employees__locked=True)
    return {
        *asked.values_list("record_id", flat=True),
        *put_back.values_list("record_id", flat=True),
        *locked.values_list("pk", flat=True),
    }


def _quiet(stage: Stage, owner: str) -> list[Account]:
    """Small accounts of this owner that nothing holds back."""
    noisy = Q(strategic=True) | Q(regulated=True) | Q(escalated=True) | Q(annual_value__gt=SMALL)
    open_tickets = Ticket.objects.filter(status__in=("open", "waiting"), account__isnull=False)
    held = Hold.objects.filter(lifted_at=None)
    rows = Account.objects.filter(owner=stage.cast[owner], relationship_flags=[], lifecycle="customer")
    quiet = rows.exclude(noisy).exclude(pk__in=open_tickets.values("account"))
    return list(quiet.exclude(pk__in=held.values("account")).order_by("name"))
