"""An endpoint of our own that speaks like OpenAI's: asked over a real socket, twice, with its key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from approvals.providers import language_model
from crmgov.env.writer import Writer


class Endpoint(BaseHTTPRequestHandler):
    asked: ClassVar[list[dict[str, Any]]] = []
    status = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"path": self.path, "key": self.headers["Authorization"], **body})
        said = {"subject": "Your data gaps", "body": "<p>We are on it.</p>"}
        function = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(said)}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        }
        answer = {
            "id": "x",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150},
        }
        raw = json.dumps(
            answer if self.status == 200 else {"error": {"message": "secret of theirs"}}
        ).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Endpoint.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_an_endpoint_of_our_own_is_asked_again_and_again(url: str) -> None:
    """Each call has an event loop of its own; a connection kept from the one before would break it."""
    writer = Writer("llama-3", url=url, key="k-1", seconds=20)

    replies = [reply for _ in range(3) for reply in language_model.ask(["{}", "{}"], writer)]

    assert [reply.letter.subject for reply in replies if reply.letter] == ["Your data gaps"] * 6
    assert {(reply.tokens_in, reply.tokens_out) for reply in replies} == {(120, 30)}
    first = Endpoint.asked[0]
    assert (first["path"], first["key"], first["model"]) == ("/v1/chat/completions", "Bearer k-1", "llama-3")


def test_what_the_other_side_says_of_an_error_is_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Endpoint, "status", 401)

    (reply,) = language_model.ask(["{}"], Writer("llama-3", url=url, seconds=20))

    assert (reply.outcome, reply.letter) == ("failed", None)
    assert "secret" not in reply.says


def test_an_endpoint_that_is_not_there_ends_in_words() -> None:
    (reply,) = language_model.ask(["{}"], Writer("llama-3", url="http://127.0.0.1:9/v1", seconds=20))

    assert reply.outcome == "failed"
    assert reply.says.startswith("could not be asked (")
