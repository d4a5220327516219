"""Where messages go while no mail server is set up: one file each, for its owner's eyes only."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .transport import Answer, Envelope, Kind, cleaned

WORDS = "Kept as a file in the data folder. Nobody got it: no mail server is set up."
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9@._-]")


@dataclass(frozen=True, slots=True)
class Sink:
    """Files named after the Message-ID. What is sent again is the same file again."""

    folder: Path

    def offer(self, envelope: Envelope) -> Answer:
        return Answer(Kind.READY)

    def hand_over(self, envelope: Envelope) -> Answer:
        path = self.folder / f"{NOT_IN_NAMES.sub('', envelope.message_id)[:200]}.eml"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
                file.write(envelope.mime)
            draft.replace(path)
        except OSError as error:
            # The rename is the last step: without it nothing was kept.
            return Answer(
                Kind.NOT_NOW, cleaned(f"It could not be kept in the data folder: {error.strerror}.")
            )
        return Answer(Kind.TAKEN, WORDS)

    def withdraw(self) -> None:
        """Nothing was begun."""

    def close(self) -> None:
        """Nothing is held."""
