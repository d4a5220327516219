"""Structured logs: one line per event, JSON for machines or text for people, with the request id."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# The locals of a frame hold keys, and what customers wrote.
TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
SECRET_PATHS = re.compile(r"(/first-admin/|/password/reset/key/|/confirm-email/|/p/)[^\s/]+")


def processors() -> list[Processor]:
    """What every event passes; context variables carry request_id and user_id from middleware and tasks."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        *_shared(),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]


def hide_tokens(logger: Any, method: str, event: EventDict) -> EventDict:
    """Links that carry a secret in the path are logged without it."""
    for name in ("request", "event"):
        if isinstance(text := event.get(name), str):
            event[name] = SECRET_PATHS.sub(r"\1…", text)
    return event


def _shared() -> list[Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        hide_tokens,
    ]


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """The LOGGING setting. `log_format` is json or console."""
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        last += [TRACEBACKS, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last.append(structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain))
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": last,
                "foreign_pre_chain": [structlog.contextvars.merge_contextvars, *_shared()],
            }
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # Celery tells every tick; django_structlog tells what matters about a task.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }
