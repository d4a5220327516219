"""What went before comes up again: rejected, put back, lost customers, partners, and an agent that follows itself."""

from __future__ import annotations

from crmgov.demo import book
from crmgov.demo.voices import Say, Stage


def come_up_again(stage: Stage) -> None:
    """Each is held or blocked for what people did before, or for what the account is to us."""
    clock, cast = stage.clock, stage.cast
    cosmetics = book.account("Lysandre Cosmetics")
    for days, hours, reason in ((9, 0, "Mail of the buyer"), (0, 20, "The same mail, read once more")):
        asked = stage["notes"].ask(
            cosmetics,
            clock.ago(days=days, hours=hours),
            Say("buying_timeline", "Not before 2028", 0.74, "mail"),
            reason=reason,
        )
        if days:
            stage.reject(
                asked, "camille", clock.ago(days=days - 1), "wrong_value", "She spoke of another project."
            )
    stage["enrich"].ask(
        book.account("Skarholm Paper"),
        clock.ago(hours=26),
        Say("employees", 5100, 0.95, "firmdata", "Group report"),
    )
    stage["enrich"].ask(
        book.account("Haverleigh Hospitals"), clock.ago(hours=2), Say("employees", 5350, 0.91, "firmdata")
    )
    castings = book.account("Ardenne Castings")
    book.type_in(
        castings, {"relationship_flags": ["partner"]}, cast["ana"], clock.ago(days=20), "resells our sensors"
    )
    stage["enrich"].ask(castings, clock.ago(hours=3), Say("employees", 495, 0.93, "firmdata"))
    first = stage["register"].ask(
        book.account("Atelier Morvan"), clock.ago(hours=25), Say("employees", 37, 0.9, "register")
    )
    stage["register"].ask(
        book.account("Atelier Morvan"),
        clock.ago(hours=24),
        Say("region", "France", 0.9, "register"),
        chain=[first],
    )
