"""A refusal is an answer to a person, not an accident."""

from __future__ import annotations


class Refused(Exception):
    """This cannot be done as asked."""

    status = 409

    def __init__(self, say: str = "", **facts: object) -> None:
        self.say = say or " ".join((self.__doc__ or "").split())
        self.facts = facts
        super().__init__(self.say)


class NotAllowed(Refused):
    """Your role does not allow this. Ask an admin, or the owner of the record."""

    status = 403


class NotFound(Refused):
    """There is no such thing here, or it belongs to another team."""

    status = 404


class Invalid(Refused):
    """Something in what you sent is not valid. `errors` names each field."""

    status = 422

    def __init__(self, say: str = "", errors: dict[str, str] | None = None, **facts: object) -> None:
        super().__init__(say, **facts)
        self.errors = errors or {}
