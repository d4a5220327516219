"""The language model that writes messages, where one is set up; without one the templates are all there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec

from crmgov.env.misconfigured import Misconfigured

PACKAGE = "pydantic_ai"
# A batch waits three times as long, and holds its turn for ten minutes.
MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Writer:
    """`model` as provider:name, empty for none. `url` is an endpoint of our own that speaks like OpenAI's.

    Prices are for a million tokens, in the reporting currency; None where nobody said.
    """

    model: str = ""
    url: str = ""
    key: str = field(default="", repr=False)
    seconds: int = 20
    price_in: Decimal | None = None
    price_out: Decimal | None = None

    @property
    def is_set_up(self) -> bool:
        return bool(self.model)


def read(variables: Mapping[str, str], *, seconds: int) -> Writer:
    """Raises Misconfigured with a sentence where something is missing."""
    model, url = (
        variables.get("MESSAGE_WRITER_MODEL", "").strip(),
        variables.get("MESSAGE_WRITER_URL", "").strip(),
    )
    if not model:
        if url:
            raise Misconfigured("MESSAGE_WRITER_URL needs MESSAGE_WRITER_MODEL: the name of the model there.")
        return Writer()
    if len(model) > 120 or not model.isprintable():
        raise Misconfigured("MESSAGE_WRITER_MODEL is no name of a model: say one such as openai:gpt-5-mini.")
    if not url and ":" not in model:
        raise Misconfigured(
            f"MESSAGE_WRITER_MODEL is {model!r}: say provider and name, such as openai:{model}, "
            "or MESSAGE_WRITER_URL for an endpoint of your own."
        )
    if url and not url.startswith(("https://", "http://")):
        raise Misconfigured(f"MESSAGE_WRITER_URL is {url!r}: it begins with https:// or http://.")
    if seconds > MOST_SECONDS:
        raise Misconfigured(f"MESSAGE_WRITER_SECONDS is {seconds}: say {MOST_SECONDS} at most.")
    if find_spec(PACKAGE) is None:
        raise Misconfigured(
            "MESSAGE_WRITER_MODEL needs the extra crmgov[llm]: "
            ".venv/bin/pip install --require-hashes -r requirements/llm.txt"
        )
    return Writer(
        model=model,
        url=url,
        key=variables.get("MESSAGE_WRITER_KEY", ""),
        seconds=seconds,
        price_in=_price(variables, "MESSAGE_WRITER_PRICE_IN"),
        price_out=_price(variables, "MESSAGE_WRITER_PRICE_OUT"),
    )


def _price(variables: Mapping[str, str], name: str) -> Decimal | None:
    given = variables.get(name, "").strip()
    if not given:
        return None
    try:
        price = Decimal(given)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or not 0 <= price <= 1_000_000:
        raise Misconfigured(f"{name} is {given!r}: say the price of a million tokens, such as 0.25.")
    return price
