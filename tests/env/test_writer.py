"""The settings of the language model: what is missing is said by name before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal

import pytest

from crmgov.env import environment, writer
from crmgov.env.environment import Misconfigured
from crmgov.env.writer import Writer

MODEL = {"MESSAGE_WRITER_MODEL": "openai:gpt-5-mini"}


def test_without_a_model_there_is_no_writer() -> None:
    assert environment.read({}).writer == Writer()
    assert not environment.read({}).writer.is_set_up


def test_a_writer_is_read_with_its_prices_and_its_patience() -> None:
    prices = {"MESSAGE_WRITER_PRICE_IN": "0.25", "MESSAGE_WRITER_PRICE_OUT": "2"}

    found = environment.read(
        {**MODEL, **prices, "MESSAGE_WRITER_SECONDS": "8", "MESSAGE_WRITER_KEY": "k"}
    ).writer

    assert found == Writer(MODEL["MESSAGE_WRITER_MODEL"], "", "k", 8, Decimal("0.25"), Decimal(2))


def test_an_endpoint_of_ones_own_takes_the_bare_name_of_a_model() -> None:
    url = "http://127.0.0.1:11434/v1"

    found = environment.read({"MESSAGE_WRITER_MODEL": "llama3", "MESSAGE_WRITER_URL": url}).writer

    assert (found.model, found.url, found.seconds) == ("llama3", url, 20)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MESSAGE_WRITER_URL": "http://127.0.0.1/v1"}, "MESSAGE_WRITER_URL needs MESSAGE_WRITER_MODEL"),
        ({"MESSAGE_WRITER_MODEL": "gpt-5-mini"}, "such as openai:gpt-5-mini"),
        ({**MODEL, "MESSAGE_WRITER_URL": "ftp://x"}, "it begins with https:// or http://"),
        ({**MODEL, "MESSAGE_WRITER_SECONDS": "soon"}, "say a whole number of seconds"),
        ({**MODEL, "MESSAGE_WRITER_SECONDS": "0"}, "say a whole number of seconds"),
        ({**MODEL, "MESSAGE_WRITER_SECONDS": "121"}, "say 120 at most"),
        ({**MODEL, "MESSAGE_WRITER_PRICE_IN": "cheap"}, "say the price of a million tokens"),
        ({**MODEL, "MESSAGE_WRITER_PRICE_OUT": "-1"}, "say the price of a million tokens"),
        ({**MODEL, "MESSAGE_WRITER_PRICE_OUT": "NaN"}, "say the price of a million tokens"),
        ({"MESSAGE_WRITER_MODEL": f"openai:{'x' * 120}"}, "no name of a model"),
    ],
)
def test_what_contradicts_itself_is_named(variables: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said.replace("(", r"\(")):
        environment.read(variables)


def test_the_key_is_in_no_description_of_a_writer() -> None:
    assert "sk-secret" not in repr(Writer("openai:gpt-5-mini", key="sk-secret"))


def test_a_model_without_the_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PACKAGE", "no_such_package")

    with pytest.raises(Misconfigured, match=r"pip install --require-hashes -r requirements/llm\.txt"):
        environment.read(MODEL)


def test_the_product_starts_without_the_extra() -> None:
    """What is heavy and may be missing is loaded by the first question."""
    ask = (
        "import django, sys; django.setup(); import approvals.urls, approvals.tasks; "
        "import approvals.providers.language_model; print('pydantic_ai' in sys.modules, 'openai' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip

    assert done.stdout.split()[-2:] == ["False", "False"]
