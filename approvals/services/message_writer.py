"""A language model writes the messages of our workflows, where one is set up and a person always reads first.

It is asked before anything is locked, for it takes seconds. Each question is a row, whatever came of it; where its text
is not taken, the template's stands and the suggestion says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from approvals.models import ModelCall, Suggestion, WorkflowContract, WorkflowStart
from approvals.providers import language_model
from approvals.providers.language_model import Letter, Reply
from approvals.rules.characters import without_hidden
from approvals.rules.message_html import clean
from approvals.selectors import letter_material, mentions
from approvals.selectors.letter_material import Material
from approvals.workflows import Step, Value
from crmgov.env.writer import Writer
from crmgov.records.models import Contact

from . import experiment_arms, letter_checks, message_facts, workflow_messages
from .workflow_messages import SEND

# So many letters in one batch; four at once, so it waits three times the writer's seconds at most.
MOST = 12
# Longer than a batch takes; who died is followed by another after that.
LONGEST = timedelta(minutes=10)
LONGEST_SAYS = 300
TEMPLATE_STANDS = "this is the template's text."
# The reader and the template of a message.
Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Text:
    """What a call brought: a letter that is taken, or none."""

    call: ModelCall
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What was written ahead. `why_not` is said of a message of which no model was asked; empty where none is.

    Of templates that are `compared` no model is asked: an experiment tries their words.
    """

    why_not: str = ""
    found: Mapping[Key, Text] = field(default_factory=dict)
    compared: frozenset[str] = frozenset()

    def over(self, step: Step, plain: Step) -> Step:
        """The step filled in from its template, with the model's words in place of the template's."""
        if plain.action != SEND or key_of(step)[1] in self.compared:
            return plain
        text = self.found.get(key_of(step))
        if text is None:
            said = f"No language model was asked, because {self.why_not}; {TEMPLATE_STANDS}"
            return replace(plain, reason=f"{plain.reason} {said}") if self.why_not else plain
        if text.letter is None:
            said = f"The model {text.call.model} {text.call.says}; {TEMPLATE_STANDS}"
            return replace(plain, reason=f"{plain.reason} {said}")
        return _rewritten(plain, text.letter, text.call.model)

    def now(self, workflow_id: int) -> Texts:
        """With what is compared by now: an experiment may have started while the model wrote."""
        if not self.why_not and not self.found:
            return self
        return replace(self, compared=experiment_arms.compared(workflow_id))

    def call_of(self, step: Step) -> ModelCall | None:
        if step.action != SEND or key_of(step)[1] in self.compared:
            return None
        text = self.found.get(key_of(step))
        return text.call if text is not None else None


@dataclass(frozen=True, slots=True)
class _Order:
    """One letter to be asked for."""

    key: Key
    contact: Contact
    template: str
    material: Material
    prompt: str


NONE = Texts()


def is_asked(workflow_id: int) -> bool:
    """Whether a model writes for this workflow: its contract wants the account's history, so a person always reads."""
    if not settings.MESSAGE_WRITER.is_set_up:
        return False
    rows = WorkflowContract.objects.filter(workflow=workflow_id).order_by("-number")
    return bool(rows.values_list("needs_history", flat=True).first())


def not_asked(workflow_id: int, why: str) -> Texts:
    """For who cannot wait for a model."""
    return Texts(why, compared=experiment_arms.compared(workflow_id)) if is_asked(workflow_id) else NONE


@contextmanager
def turn(start: WorkflowStart, at: datetime) -> Iterator[bool]:
    """Whether it is ours to ask: while one worker waits for a model, no other pays for the same letters.

    `at` is the moment it is asked for, however long ago the run began.
    """
    if not is_asked(start.workflow_id):
        yield True
        return
    free = Q(writing_until=None) | Q(writing_until__lte=at)
    until = at + LONGEST
    mine = WorkflowStart.objects.filter(free, pk=start.pk).update(writing_until=until)
    try:
        yield bool(mine)
    finally:
        if mine:
            WorkflowStart.objects.filter(pk=start.pk, writing_until=until).update(writing_until=None)


def is_at_work(start: WorkflowStart, at: datetime) -> bool:
    """Whether some worker waits for a model just now; the news of the workflow is left to it."""
    return start.writing_until is not None and start.writing_until > at


def write(workflow_id: int, steps: Sequence[Step], at: datetime) -> Texts:
    """Ask for the text of each message among the steps, and keep what each call took. In no transaction."""
    writer: Writer = settings.MESSAGE_WRITER
    compared = experiment_arms.compared(workflow_id)
    orders = _orders([step for step in steps if key_of(step)[1] not in compared], at)
    replies = language_model.ask([one.prompt for one in orders], writer) if orders else []
    judged = _judged(orders, replies)
    calls = [
        _call(workflow_id, order, reply, *outcome, writer=writer, at=at)
        for order, reply, outcome in zip(orders, replies, judged, strict=True)
    ]
    ModelCall.objects.bulk_create(calls)
    return Texts(
        f"it was not among the {MOST} letters asked for at once",
        {
            order.key: Text(call, reply.letter if call.outcome == ModelCall.Outcome.WRITTEN else None)
            for order, reply, call in zip(orders, replies, calls, strict=True)
        },
        compared,
    )


def key_of(step: Step) -> Key:
    """Of a message that is not filled in yet."""
    return step.record_id, next((str(one.proposed) for one in step.values if one.field == "template"), "")


def _orders(steps: Sequence[Step], at: datetime) -> list[_Order]:
    """What is to be asked: not where a field is missing, nor where another agent's message waits already."""
    pairs = list(zip(steps, workflow_messages.filled(steps, at), strict=True))
    sent = [(step, plain) for step, plain in pairs if plain.action == SEND]
    contacts = Contact.objects.select_related("account").in_bulk([step.record_id for step, _ in sent])
    waiting = set(
        Suggestion.objects.queued()
        .filter(action=SEND, record_id__in=contacts)
        .exclude(agent__built_in=True)
        .values_list("record_id", "purpose")
    )
    asked = {
        key_of(step): (step, plain)
        for step, plain in sent
        if (step.record_id, _values(plain)["purpose"]) not in waiting
    }
    return [_order(step, plain, contacts[step.record_id], at) for step, plain in list(asked.values())[:MOST]]


def _order(step: Step, plain: Step, contact: Contact, at: datetime) -> _Order:
    said, material = _values(plain), letter_material.of(contact, at)
    data = {
        "purpose": said["purpose"],
        "why": step.reason,
        "template": {"subject": said["subject"], "body": said["body"]},
        "items": material.items,
    }
    text = f"{said['subject']}\n{clean(said['body']).text}"
    return _Order(key_of(step), contact, text, material, json.dumps(data, ensure_ascii=False, default=str))


def _values(plain: Step) -> dict[str, str]:
    return {one.field: str(one.proposed) for one in plain.values}


def _judged(orders: Sequence[_Order], replies: Sequence[Reply]) -> list[tuple[str, str]]:
    """Outcome and sentence of each; one query for all that may belong to other accounts."""
    letters = [reply.letter for reply in replies if reply.letter is not None]
    found = mentions.mentioned(text for one in letters for text in (one.subject, one.body))
    return [_outcome(order, reply, found) for order, reply in zip(orders, replies, strict=True)]


def _outcome(order: _Order, reply: Reply, found: mentions.Mentioned) -> tuple[str, str]:
    if reply.letter is None:
        return reply.outcome, reply.says
    wrong = letter_checks.problems(
        reply.letter,
        template=order.template,
        given=order.material.by_source,
        known=message_facts.known_of(order.contact, order.contact.account, found),
    )
    return wrong or (ModelCall.Outcome.WRITTEN, "")


def _call(
    workflow_id: int, order: _Order, reply: Reply, outcome: str, says: str, *, writer: Writer, at: datetime
) -> ModelCall:
    return ModelCall(
        workflow_id=workflow_id,
        contact_id=order.contact.pk,
        template=order.key[1][:120],
        model=writer.model,
        outcome=outcome,
        says=" ".join(without_hidden(says).split()).rstrip(".")[:LONGEST_SAYS],
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost=_cost(reply, writer),
        currency=settings.REPORTING_CURRENCY if _cost(reply, writer) is not None else "",
        milliseconds=reply.milliseconds,
        prompt_sha256=sha256(order.prompt.encode()).hexdigest(),
        given=order.material.given,
        at=at,
    )


def _cost(reply: Reply, writer: Writer) -> Decimal | None:
    """None where a price is missing: a cost that leaves out half is wrong."""
    if writer.price_in is None or writer.price_out is None:
        return None
    return (reply.tokens_in * writer.price_in + reply.tokens_out * writer.price_out) / 1_000_000


def _rewritten(plain: Step, letter: Letter, model: str) -> Step:
    """The template stays named: the page shows word by word what differs from it."""
    told = {"subject": " ".join(letter.subject.split()), "body": clean(letter.body).html}
    values = tuple(
        Value(one.field, told.get(one.field, one.proposed), evidence=one.evidence) for one in plain.values
    )
    stated = tuple((one.text, one.source.type, one.source.id) for one in letter_checks.claims_of(letter))
    return replace(plain, values=values, model=model, stated=stated)
