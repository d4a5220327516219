"""What the surroundings decide: data folder, databases, broker, production or not.

Read once, before Django is set up; nothing here imports Django.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crmgov.env import writer
from crmgov.env.misconfigured import Misconfigured as Misconfigured
from crmgov.env.writer import Writer

CHECKOUT = Path(__file__).resolve().parents[2]
# Set by `up` for the web process when it listens on this machine only.
SHOW_DEMO_LOGINS = "CRMGOV_SHOW_DEMO_LOGINS"
TRUE_WORDS = {"1", "true", "yes", "on"}


@dataclass(frozen=True, slots=True)
class Mail:
    """The SMTP server for what the product writes to its own users; without a host mail goes to files."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    sender: str


@dataclass(frozen=True, slots=True)
class Messages:
    """How text to customers leaves, and as whose. Without a host it goes to a local sink that the outbox shows."""

    host: str
    port: int
    user: str
    password: str
    # "starttls", "tls" from the first byte, or "none".
    security: str
    sender_name: str
    sender: str
    reply_to: str
    postal_address: str
    link_hosts: tuple[str, ...]
    # At most so many conversations at once, and so many messages a minute to one domain; all workers together.
    connections: int = 2
    domain_a_minute: int = 20


@dataclass(frozen=True, slots=True)
class Environment:
    """One reading of the environment variables; `read()` is the only maker outside tests."""

    home: Path
    production: bool
    debug: bool
    database_url: str
    migration_database_url: str
    broker_url: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]
    log_format: str
    log_level: str
    mail: Mail
    messages: Messages
    writer: Writer
    site_url: str
    metrics_token: str
    pool: bool
    demo_logins: bool
    reporting_currency: str
    import_max_bytes: int
    import_folder: Path | None
    scoring_features: str = ""

    @property
    def embedded(self) -> bool:
        """True while we run our own Postgres, which is the default."""
        return not self.database_url

    @property
    def broker_is_database(self) -> bool:
        """True while Celery's messages live in Postgres (pgmq)."""
        return not self.broker_url

    @property
    def shows_demo_logins(self) -> bool:
        """Their passwords are known to everybody: never over a given database or beyond this machine."""
        return self.demo_logins and self.embedded

    def mail_folder(self) -> str:
        """Where mail is put without a mail server; reset links stand in it, so only its owner may look."""
        folder = self.home / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder)

    def message_folder(self) -> Path:
        """Where text to customers is kept while no mail server is set up (approvals/providers/sink.py)."""
        return self.home / "messages"

    def key(self) -> str:
        """The signing key: given, or made once and kept in the data folder (mode 0600)."""
        if self.secret_key:
            return self.secret_key
        if self.production:
            raise Misconfigured("CRMGOV_ENV=production needs SECRET_KEY: 50 or more random characters.")
        return _stored_key(self.home)


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """Raises Misconfigured with a sentence where variables contradict each other."""
    production = _mode(variables) == "production"
    database_url = variables.get("DATABASE_URL", "")
    if production and not database_url:
        raise Misconfigured("CRMGOV_ENV=production needs DATABASE_URL: the embedded database is for trials.")
    return Environment(
        home=Path(variables.get("CRMGOV_HOME") or CHECKOUT / ".crmgov").absolute(),
        production=production,
        debug=_flag(variables, "CRMGOV_DEBUG"),
        database_url=database_url,
        migration_database_url=variables.get("MIGRATION_DATABASE_URL", "") or database_url,
        broker_url=variables.get("CELERY_BROKER_URL", ""),
        secret_key=variables.get("SECRET_KEY", ""),
        reporting_currency=variables.get("REPORTING_CURRENCY", "EUR").upper(),
        allowed_hosts=_words(variables, "ALLOWED_HOSTS"),
        trusted_origins=_words(variables, "CSRF_TRUSTED_ORIGINS"),
        log_format=variables.get("CRMGOV_LOG_FORMAT") or ("json" if production else "console"),
        log_level=variables.get("CRMGOV_LOG_LEVEL", "INFO").upper(),
        mail=_mail(variables),
        messages=_messages(variables),
        writer=writer.read(variables, seconds=_whole(variables, "MESSAGE_WRITER_SECONDS", 20, of="seconds")),
        site_url=_site(variables),
        metrics_token=variables.get("METRICS_TOKEN", ""),
        demo_logins=_flag(variables, SHOW_DEMO_LOGINS),
        pool=not _flag(variables, "CRMGOV_NO_POOL"),
        import_max_bytes=_whole(variables, "IMPORT_MAX_BYTES", 1 << 30, of="bytes"),
        import_folder=Path(folder).absolute() if (folder := variables.get("IMPORT_FOLDER", "")) else None,
        scoring_features=variables.get("SCORING_FEATURES", ""),
    )


def _mode(variables: Mapping[str, str]) -> str:
    mode = variables.get("CRMGOV_ENV", "local")
    if mode not in ("local", "production"):
        raise Misconfigured(f"CRMGOV_ENV is {mode!r}: say local or production.")
    return mode


def _whole(variables: Mapping[str, str], name: str, usual: int, *, of: str) -> int:
    given = variables.get(name) or str(usual)
    if not given.isascii() or not given.isdigit() or int(given) == 0:
        raise Misconfigured(f"{name} is {given!r}: say a whole number of {of}, such as {usual}.")
    return int(given)


def _flag(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "").lower() in TRUE_WORDS


def _words(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in variables.get(name, "").split(",") if word.strip())


def _site(variables: Mapping[str, str]) -> str:
    """Scheme and host that people reach the product by. `up` tells its children where it listens."""
    site = variables.get("SITE_URL", "") or next(
        (one for one in _words(variables, "CSRF_TRUSTED_ORIGINS") if "*" not in one), "http://127.0.0.1:8000"
    )
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+/?", site):
        raise Misconfigured(f"SITE_URL is {site!r}: say scheme and host, such as https://crm.example.com.")
    return site.rstrip("/")


def _mail(variables: Mapping[str, str]) -> Mail:
    port = variables.get("EMAIL_PORT", "587")
    if not port.isdigit():
        raise Misconfigured(f"EMAIL_PORT is {port!r}: say a number, such as 587.")
    return Mail(
        host=variables.get("EMAIL_HOST", ""),
        port=int(port),
        user=variables.get("EMAIL_HOST_USER", ""),
        password=variables.get("EMAIL_HOST_PASSWORD", ""),
        tls=variables.get("EMAIL_USE_TLS", "true").lower() in TRUE_WORDS,
        sender=variables.get("DEFAULT_FROM_EMAIL", "crmgov@localhost"),
    )


def _messages(variables: Mapping[str, str]) -> Messages:
    port = variables.get("MESSAGE_SMTP_PORT", "587")
    if not port.isdigit():
        raise Misconfigured(f"MESSAGE_SMTP_PORT is {port!r}: say a number, such as 587.")
    security = variables.get("MESSAGE_SMTP_SECURITY", "starttls").lower()
    if security not in ("starttls", "tls", "none"):
        raise Misconfigured(f"MESSAGE_SMTP_SECURITY is {security!r}: say starttls, tls or none.")
    host = variables.get("MESSAGE_SMTP_HOST", "")
    named = variables.get("MESSAGE_FROM", ""), variables.get("MESSAGE_POSTAL_ADDRESS", "")
    if host and not all(named):
        raise Misconfigured(
            "MESSAGE_SMTP_HOST needs MESSAGE_FROM and MESSAGE_POSTAL_ADDRESS: who writes to customers."
        )
    return Messages(
        host=host,
        port=int(port),
        user=variables.get("MESSAGE_SMTP_USER", ""),
        password=variables.get("MESSAGE_SMTP_PASSWORD", ""),
        security=security,
        sender_name=variables.get("MESSAGE_FROM_NAME", ""),
        sender=named[0] or "hello@demo.example",
        reply_to=variables.get("MESSAGE_REPLY_TO", ""),
        postal_address=named[1] or "Demo Company, Example Street 1, 10115 Berlin",
        link_hosts=_words(variables, "MESSAGE_LINK_HOSTS") or ("demo.example",),
        connections=_whole(variables, "MESSAGE_SMTP_CONNECTIONS", 2, of="conversations"),
        domain_a_minute=_whole(variables, "MESSAGE_DOMAIN_A_MINUTE", 20, of="messages"),
    )


def _stored_key(home: Path) -> str:
    path = home / "secret.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    # O_EXCL: of two processes starting at once exactly one writes, the other reads what it wrote.
    draft = home / f"secret.key.{os.getpid()}"
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
