"""Where asking a model breaks, the log says where, and nothing of what was asked."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from pytest_django import Settings

from approvals.services import message_writer
from crmgov.env.logs import logging_config
from crmgov.env.writer import Writer
from tests.built_in import kit, model
from tests.built_in.model import Asked

pytestmark = pytest.mark.django_db
SECRETS = ("sk-secret-123", "hunter2", "Ines")


@contextmanager
def logged(log_format: str) -> Iterator[io.StringIO]:
    """What the workflows log, as production writes it."""
    form = logging_config(log_format=log_format, level="INFO")["formatters"]["structured"]
    handler = logging.StreamHandler(text := io.StringIO())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=form["processors"], foreign_pre_chain=form["foreign_pre_chain"]
        )
    )
    logger = logging.getLogger("approvals.services.workflow_work")
    logger.addHandler(handler)
    try:
        yield text
    finally:
        logger.removeHandler(handler)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_mistake_of_ours_logs_neither_the_key_nor_what_customers_wrote(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, log_format: str
) -> None:
    writer = Writer(model.NAME, key="sk-secret-123", seconds=1)
    model.set_up(monkeypatch, settings, Asked().model(model.written), writer)
    kit.begin()

    def broken(*given: Any) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(message_writer, "_judged", broken)
    contact = model.a_reader()
    kit.post(kit.event(contact, "mail_in", subject="Gaps", body="My password is hunter2."))
    with logged(log_format) as text:
        model.escalate(contact)

    assert "workflow_failed" in text.getvalue()
    assert "no such thing" in text.getvalue()
    assert "message_writer.py" in text.getvalue()
    assert not [word for word in SECRETS if word in text.getvalue()]


def test_with_locals_they_would_be_logged() -> None:
    """The guard taken out: what structlog does by itself."""
    secret = "hunter2"
    try:
        raise ValueError(len(secret))
    except ValueError as error:
        usual = structlog.processors.dict_tracebacks(None, "", {"exc_info": error})
    assert secret in str(usual)
