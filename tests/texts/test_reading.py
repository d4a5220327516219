"""Learning from what people said, and reading what customers wrote with it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from crmgov.people.models import Role
from crmgov.records.models import RecordEvent, Source
from crmgov.records.services import activities
from crmgov.records.services.activities import NewActivity
from scoring.learning.files import NotLoadable
from scoring.models import TextModel, TextReading
from scoring.selectors import texts
from scoring.services import text_labels, text_reading, text_training
from tests.texts import kit
from tests.world import NOW, a_ticket, a_user, an_account, change

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def raised(record_id: UUID) -> list[str] | None:
    found = TextReading.objects.filter(record_id=record_id).first()
    return found.raised if found else None


def wrote(subject: str, kind: str = "reply", days_ago: int = 0) -> UUID:
    """Something a customer wrote, by the service that takes events in."""
    source = Source.objects.get_or_create(name="mailbox", defaults={"kind": "import", "trust_rank": 10})[0]
    about = an_account("Halden")
    at = NOW - timedelta(days=days_ago)
    (key,) = activities.append([NewActivity(about, kind, at, source, subject=subject)], at=NOW)
    assert key is not None
    return key


def test_without_a_label_nothing_is_learned_and_nothing_read() -> None:
    ticket = a_ticket(kit.ANGRY)

    assert text_training.train_if_said(at=NOW) is None
    assert (text_reading.read_news(at=NOW), text_reading.read_rest(at=NOW)) == (0, 0)
    assert raised(ticket.pk) is None


def test_enough_labels_make_a_model_that_reads_tickets_mails_and_notes() -> None:
    angry, calm, mail, note = (
        a_ticket(kit.ANGRY).pk, a_ticket("Thanks for the guide").pk, wrote(kit.ANGRY), wrote(kit.ANGRY, "note"),
    )  # fmt: skip
    old, call = wrote(kit.ANGRY, days_ago=40), wrote(kit.ANGRY, "call")

    kit.trained()

    assert [raised(one) for one in (angry, calm, mail, note)] == [
        ["complaint"],
        [],
        ["complaint"],
        ["complaint"],
    ]
    assert (raised(old), raised(call)) == (None, None)
    said = TextReading.objects.get(record_id=angry).flags["complaint"]
    assert said["part"] > 0.8 * said["of"] > 0


def test_a_label_with_too_few_texts_is_not_used_and_the_card_says_how_many_there_are() -> None:
    kit.labeled(29)

    model = text_training.train(at=NOW, by="a test")

    assert model.card["flags"]["complaint"] == {
        "used": False,
        "why_not": "29 texts are labeled as it and 29 as not it; 30 and 30 are needed.",
    }
    ticket = a_ticket(kit.ANGRY)
    text_reading.read_rest(at=NOW)
    assert raised(ticket.pk) == []


def test_a_ticket_that_comes_in_is_read_once_and_again_when_its_text_changes() -> None:
    kit.trained()
    ticket = a_ticket("Thanks for the guide")

    assert text_reading.read_news(at=NOW) == 1
    assert text_reading.read_news(at=NOW) == 0
    assert raised(ticket.pk) == []

    change("ticket", ticket.pk, subject=kit.ANGRY, at=LATER)
    text_reading.read_news(at=LATER)
    assert raised(ticket.pk) == ["complaint"]


def test_news_of_other_records_is_passed_over_but_not_looked_through_again() -> None:
    kit.trained()
    an_account("Halden")

    assert text_reading.read_news(at=NOW) == 0

    last = RecordEvent.objects.latest("pk")
    assert last.receipts.filter(consumer="texts").exists()


def test_a_mail_that_came_is_read() -> None:
    kit.trained()
    mail = wrote(kit.ANGRY)

    assert text_reading.read_news(at=NOW) == 1
    assert raised(mail) == ["complaint"]


def test_a_text_changed_without_news_is_read_by_night() -> None:
    kit.trained()
    ticket = a_ticket("Thanks for the guide")
    text_reading.read_rest(at=NOW)
    change("ticket", ticket.pk, subject=kit.ANGRY, at=LATER)

    assert text_reading.read_rest(at=LATER + timedelta(minutes=1)) == 1
    assert raised(ticket.pk) == ["complaint"]
    assert text_reading.read_rest(at=LATER + timedelta(minutes=2)) == 0


def test_reading_goes_on_behind_the_last_batch_that_was_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = [a_ticket(f"{kit.ANGRY} {number}") for number in range(5)]
    kit.labeled()
    text_training.train(at=NOW, by="a test")
    monkeypatch.setattr(texts, "BATCH", 2)
    finished = text_reading._read_batch

    def ends_after_one(*given: object) -> None:
        if TextReading.objects.exists():
            raise KeyboardInterrupt
        finished(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(text_reading, "_read_batch", ends_after_one)
    with pytest.raises(KeyboardInterrupt):
        text_reading.read_rest(at=NOW)
    monkeypatch.setattr(text_reading, "_read_batch", finished)

    assert text_reading.read_rest(at=NOW) == 3
    assert TextReading.objects.filter(raised=["complaint"]).count() == len(tickets)


def test_it_trains_at_night_only_when_something_was_said() -> None:
    kit.labeled()
    first = text_training.train_if_said(at=NOW)
    assert first is not None
    assert text_training.train_if_said(at=NOW + timedelta(days=2)) is None

    sara, ticket = a_user(), a_ticket(kit.ANGRY)
    text_labels.say(
        label="complaint", positive=True, record_type="ticket", record_id=ticket.pk, user=sara, at=LATER
    )

    assert text_training.train_if_said(at=LATER) is None, "once a night"
    second = text_training.train_if_said(at=NOW + timedelta(days=2))
    assert second is not None
    assert second.version == 2
    assert second.card["flags"]["complaint"]["positives"] == 41


def test_a_new_model_reads_everything_again_and_until_then_the_old_reading_stands() -> None:
    ticket = a_ticket(kit.ANGRY)
    kit.trained()
    text_training.train(at=LATER, by="a test")

    assert raised(ticket.pk) == ["complaint"]
    assert text_reading.read_rest(at=LATER) == 1
    assert TextReading.objects.get(record_id=ticket.pk).model.version == 2


def test_a_file_that_is_not_the_registered_one_reads_nothing() -> None:
    kit.labeled()
    true = text_training.train(at=NOW, by="a test")
    TextModel.objects.create(
        version=2, card=true.card, file=bytes(true.file)[:-1] + b"x", sha256=true.sha256, trained_at=NOW,
        trained_by="somebody",
    )  # fmt: skip
    a_ticket(kit.ANGRY)

    with pytest.raises(NotLoadable, match="not the model that was registered"):
        text_reading.read_rest(at=NOW)


def test_the_command_takes_texts_in_trains_and_says_what_each_label_is_worth(tmp_path: Path) -> None:
    ana, out, path = a_user("Ana Ruiz", Role.ADMIN), io.StringIO(), tmp_path / "texts.csv"
    rows = "".join(
        f'"{said}",{"yes" if bad else "no"}\n' for said, bad in zip(*kit.some_texts(40), strict=True)
    )
    path.write_text(f"text,label\n{rows}", encoding="utf-8")
    given = ("train_text", "--data", str(path), "--positive", "yes", "--keep-as", "complaint")
    with pytest.raises(CommandError, match="Say with --by which admin"):
        call_command(*given)
    with pytest.raises(CommandError, match="Only an admin"):
        call_command(*given, "--by", a_user().email)

    call_command(*given, "--by", ana.email, stdout=out)
    call_command("train_text", stdout=out)

    assert "80 texts are kept for complaint. Train with train_text." in out.getvalue()
    assert "  complaint: recall 1.000 (40 of 40" in out.getvalue()
    assert "  pricing: not used. 0 texts are labeled as it" in out.getvalue()
    again = io.StringIO()
    call_command("train_text", "--json", stdout=again)
    assert json.loads(again.getvalue().splitlines()[-1])["version"] == 2
