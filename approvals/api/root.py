"""The API object: what it is called, where its documents are, who may call."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from . import batches, events, problems
from .bodies import ProposalParser
from .keys import KeyInHeader
from .suggestions import router

# Shapes of bodies that are checked part by part, so that ninja does not know them.
SHAPES = {
    **batches.SHAPES.pop("$defs"),
    **events.SHAPES.pop("$defs"),
    "BatchedProposal": batches.SHAPES,
    "Event": events.SHAPES,
}


class AgentApi(NinjaAPI):
    """Says in its document that refusals are problem details; ninja would call them plain JSON."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(*args, **kwargs)
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {problems.CONTENT_TYPE: answer["content"]["application/json"]}
        document["components"]["schemas"].update(SHAPES)
        return document


api = AgentApi(
    title="crmgov for agents",
    version="1",
    description=(
        "Propose changes to CRM records, report what happened, and learn what was decided. Every "
        "call carries an agent key as `Authorization: Bearer KEY`. Refusals are problem details (RFC 9457)."
    ),
    urls_namespace="api",
    auth=KeyInHeader(),
    parser=ProposalParser(),
)
api.add_router("", events.router)
api.add_router("", batches.router)
api.add_router("", router)
problems.register(api)
