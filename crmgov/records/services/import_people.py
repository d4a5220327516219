"""Imported people: users without a password, in their teams; and what contacts consented to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models.functions import Lower

from crmgov.kernel.ids import new_id
from crmgov.people.models import Membership, User
from crmgov.records.imports.references import as_uuid
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.models import Consent
from crmgov.records.rules.contactability import ANY, holding
from crmgov.records.rules.values import empty

from . import consent
from .import_batches import Change, Disagreement
from .import_lists import ListKeeper

# RFC 2606: nothing is ever delivered there, and nobody can own it.
PLACEHOLDER = "imported.invalid"
# Of a consent: what is no word about being contacted.
DETAILS = {"lawful_basis", "source", "recorded_at"}


class UserKeeper(ListKeeper):
    """Nobody imported can log in until an admin gives them an address and a password.

    A row matches a user by e-mail, in whatever case it is stored. Somebody who can log in is not changed by a file.
    """

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        emails = {row.values["email"].lower(): row.external_id for row in rows if row.values.get("email")}
        found = (
            User.objects.annotate(lower=Lower("email")).filter(lower__in=emails).values_list("lower", "pk")
        )
        return {emails[email]: as_uuid(pk) for email, pk in found}

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        users = super().load(keys)
        self.teams: dict[int, list[int]] = {}
        members = Membership.objects.filter(user__in=[user.pk for user in users.values()])
        for user_id, team_id in members.values_list("user_id", "team_id"):
            self.teams.setdefault(user_id, []).append(team_id)
        return users

    def value(self, record: Any, name: str) -> Any:
        if name == "email":
            return record.email.lower()
        if name != "team":
            return super().value(record, name)
        teams = sorted(self.teams.get(record.pk, []))
        return teams[0] if len(teams) == 1 else [str(team) for team in teams] or None

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        self.taken = set(
            User.objects.filter(email__endswith=f"@{PLACEHOLDER}").values_list("email", flat=True)
        )
        keys, refused = super().create(rows)
        Membership.objects.bulk_create(
            Membership(user_id=keys[row.external_id], team_id=row.values["team"])
            for row in rows
            if row.values.get("team")
        )
        return keys, refused

    def new(self, row: Row) -> User:
        values = {name: row.values[name] for name in self.plan.fields if not empty(row.values.get(name))}
        values.pop("team", None)
        values.setdefault("email", self._placeholder(row))
        return User(password=make_password(None), **values)

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        refused = {
            change.row.line: _has_a_login(change.record) for change in wanted if _logs_in(change.record)
        }
        free = [change for change in wanted if change.row.line not in refused]
        for change in free:
            if "team" in change.fields:
                self._move(change)
        plain = [
            Change(change.row, change.record, tuple(name for name in change.fields if name != "team"))
            for change in free
        ]
        if any(change.fields for change in plain):
            super().change([change for change in plain if change.fields])
        return refused

    def _move(self, change: Change) -> None:
        Membership.objects.filter(user=change.record).delete()
        if change.row.values["team"]:
            Membership.objects.create(user=change.record, team_id=change.row.values["team"])

    def _placeholder(self, row: Row) -> str:
        """An address of the name; of two people with one name the second gets its external id, a third a new id."""
        name = _slug(str(row.values.get("name", "")))
        for local in (name, f"{name}.{_slug(row.external_id)}", f"{name[:100]}.{new_id().hex}"):
            email = f"{local[:190]}@{PLACEHOLDER}"
            if email not in self.taken:
                self.taken.add(email)
                break
        return email


class ConsentKeeper(ListKeeper):
    """What a source says is recorded as a person's word would be; it loosens no opt-out of ours."""

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        rows = super().load(keys)
        contacts = {row.contact_id for row in rows.values()}
        said = Consent.objects.filter(contact__in=contacts, purpose=ANY)
        self.of_any = {
            (contact, channel): state
            for contact, channel, state in said.values_list("contact_id", "channel", "state")
        }
        return rows

    def value(self, record: Any, name: str) -> Any:
        """Compared is what holds, as our exports say it."""
        if name != "state":
            return super().value(record, name)
        of_any = self.of_any.get((record.contact_id, record.channel), "")
        return holding(record.purpose, {record.purpose: record.state, ANY: of_any})

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        kept, refused = self._record([(row, None) for row in rows])
        return {row.external_id: kept[row.line] for row in rows if row.line in kept}, refused

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        about = [change for change in wanted if set(change.fields) <= DETAILS]
        self._detail(about)
        said = [(change.row, change.record) for change in wanted if not set(change.fields) <= DETAILS]
        return self._record(said)[1]

    def disagree(self, found: Sequence[Disagreement]) -> int:
        """Taking consent back needs no person to agree: it only tightens."""
        out = [one for one in found if one.field == "state" and one.theirs == Consent.State.OPTED_OUT]
        if out:
            self._record([(one.row, None) for one in out])
        return super().disagree([one for one in found if one not in out])

    def _detail(self, wanted: Sequence[Change]) -> None:
        """What stands beside a word leaves it whose it was."""
        for change in wanted:
            for name in change.fields:
                if (value := change.row.values.get(name)) or name != "recorded_at":
                    setattr(change.record, name, value or "")
        Consent.objects.bulk_update([change.record for change in wanted], sorted(DETAILS), batch_size=2000)

    def _record(
        self, said: Sequence[tuple[Row, Consent | None]]
    ) -> tuple[dict[int, Any], dict[int, Unusable]]:
        """Return the key of each consent, and what was refused, by line."""
        words = [self._word(row.values, before) for row, before in said]
        told = consent.record_told(words, source=self.context.source, actor=self.context.actor)
        kept: dict[int, Any] = {}
        refused: dict[int, Unusable] = {}
        for (row, _), word, one in zip(said, words, told, strict=True):
            if isinstance(one, Consent):
                kept[row.line] = one.pk
            else:
                refused[row.line] = Unusable(one.reason, one.say, "state", word.state)
        return kept, refused

    def _word(self, values: Mapping[str, Any], before: Consent | None) -> consent.Word:
        return consent.Word(
            values["contact"],
            values["channel"],
            values["purpose"],
            values["state"],
            values.get("recorded_at") or self.context.at,
            values.get("lawful_basis") or (before.lawful_basis if before else ""),
            values.get("source") or self.context.source.name,
        )


def _logs_in(user: User) -> bool:
    return user.has_usable_password() or user.role in {"admin", "auditor"}


def _has_a_login(user: User) -> Unusable:
    return Unusable(
        "has_a_login",
        f"{user} can log in, and a file does not change people who can. Change them in the admin.",
        "",
        user.email,
    )


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".") or "nobody"
