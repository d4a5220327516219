"""What a reviewer typed into a message says more than the proposal: told once before it leaves, never forbidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from approvals.models import SuggestionItem
from approvals.rules import typed_words
from approvals.rules.typed_words import Text
from crmgov.kernel import canonical
from crmgov.kernel.refusals import Refused

WORDS = ("subject", "body")


class SaysMore(Refused):
    """What you typed says something that was not proposed. Read it once more, then approve it so."""


def require_read(items: Sequence[SuggestionItem], read_again: str) -> None:
    """Raises SaysMore with the sentences, and in `again` what to come back with once the person read them.

    `read_again` is that word of an earlier refusal: it holds for exactly the text it was said of.
    """
    if not any(item.was_edited and item.field in WORDS for item in items):
        return
    after = {item.field: str(item.wanted or "") for item in items}
    found = typed_words.added(_text({item.field: str(item.proposed or "") for item in items}), _text(after))
    again = canonical.digest({field: after.get(field, "") for field in WORDS})
    if found and read_again != again:
        raise SaysMore(
            f"{' '.join(found)} None of this was proposed. Approve once more to send it so.", again=again
        )


def _text(said: Mapping[str, str]) -> Text:
    return Text(said.get("subject", ""), said.get("body", ""))
