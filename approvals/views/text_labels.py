"""Labels for texts: what each means, how well it is recognized, and what people say of texts by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.forms.text_labels import TextLabelForm
from approvals.http import ReviewerRequest, posted_from, refusals, refusals_on
from approvals.selectors import text_labels as plates
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import Role
from crmgov.people.policy import Act, may
from scoring.rules.text_labels import Definition, Sort
from scoring.selectors import texts
from scoring.services import text_labels

from . import text_words


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Every label with what was said of texts by it and how well it is recognized."""
    model, tallies = texts.current_model(), plates.tallies()
    lines = [
        text_words.line_of(one, tallies.get(one.key, plates.Tally()), model) for one in texts.definitions()
    ]
    context = {
        "now": timezone.now(),
        "model": model,
        "lines": lines,
        # One that was trained on too few labels is there and reads nothing.
        "reads": any(line["recall"] for line in lines),
        "manages": may(request.user, Act.ADMINISTER),
    }
    return render(request, "text_labels/list.html", context)


def _new_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    return (
        None
        if isinstance(refusal, NotAllowed)
        else _new(request, _refused(TextLabelForm(request.POST), refusal))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_new_again)
def new(request: ReviewerRequest) -> HttpResponse:
    """Define a topic; a POST keeps it."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin defines labels.")
    if request.method != "POST":
        return _new(request, TextLabelForm())
    made = text_labels.define(
        key="", user=request.user, at=timezone.now(), **_given(TextLabelForm(request.POST))
    )
    messages.success(
        request, f"{made.name} is defined. Say of 30 texts that they are it and of 30 that they are not."
    )
    return redirect("approvals:text_label", made.key)


@require_safe
@login_required
@refusals
def label(request: ReviewerRequest, key: str) -> HttpResponse:
    """One label: definition, measures, word list, texts to judge and texts that were judged."""
    one = _known(key)
    return _page(request, one, TextLabelForm(of=one))


def _edit_again(request: ReviewerRequest, refusal: Refused, key: str) -> HttpResponse | None:
    if isinstance(refusal, (NotAllowed, NotFound)):
        return None
    one = _known(key)
    return _page(request, one, _refused(TextLabelForm(request.POST, of=one), refusal))


@posted_from("approvals:text_label", "key")
@login_required
@refusals_on(_edit_again)
def edit(request: ReviewerRequest, key: str) -> HttpResponse:
    """Write what it means from now on."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin defines labels.")
    form = TextLabelForm(request.POST, of=_known(key))
    text_labels.define(key=key, user=request.user, at=timezone.now(), **_given(form))
    messages.success(request, "Kept. What was labeled before stays labeled.")
    return redirect("approvals:text_label", key)


@require_POST
@login_required
@refusals
def say(request: ReviewerRequest) -> HttpResponse:
    """Say that a text is something, or is not."""
    one, positive = _known(request.POST.get("label", "")), request.POST.get("positive") == "yes"
    kind, key = request.POST.get("record_type", ""), _id(request.POST.get("record_id", ""))
    text_labels.say(
        label=one.key,
        positive=positive,
        record_type=kind,
        record_id=key,
        user=request.user,
        at=timezone.now(),
    )
    knows = " The gate knows at once." if one.sort is Sort.FLAG else ""
    messages.success(request, f"Kept: it is {'' if positive else 'not '}{one.noun}.{knows}")
    if request.POST.get("back") == "ticket":
        return redirect("approvals:ticket", key)
    return redirect("approvals:text_label", one.key)


def _page(request: ReviewerRequest, one: Definition, form: TextLabelForm) -> HttpResponse:
    model, user = texts.current_model(), request.user
    context: dict[str, Any] = {
        "now": timezone.now(),
        "one": one,
        "line": text_words.line_of(one, plates.tallies().get(one.key, plates.Tally()), model),
        "model": model,
        "words": text_words.words_of(one),
        "is_flag": one.sort is Sort.FLAG,
        "to_judge": [text_words.text_of(text, one) for text in plates.to_judge(user, one.key)],
        "judged": [text_words.text_of(text, one) for text in plates.judged(user, one.key)],
        "says": user.role != Role.AUDITOR,
        "form": form if may(user, Act.ADMINISTER) else None,
    }
    return render(request, "text_labels/label.html", context)


def _new(request: ReviewerRequest, form: TextLabelForm) -> HttpResponse:
    return render(request, "text_labels/new.html", {"now": timezone.now(), "form": form})


def _given(form: TextLabelForm) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid.")
    return form.given()


def _refused(form: TextLabelForm, refusal: Refused) -> TextLabelForm:
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return form


def _known(key: str) -> Definition:
    found = texts.definition(key)
    if found is None:
        raise NotFound("There is no such label.")
    return found


def _id(raw: str) -> UUID:
    try:
        return UUID(raw)
    except ValueError as error:
        raise NotFound from error
