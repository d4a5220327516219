"""Features of an open opportunity that may be won, and of a lead that may become a customer."""

from __future__ import annotations

from .companies import COMPANY, SEGMENT, company_of
from .people import SIZES, roles
from .replays import changes, day, days_since, field, number
from .schema import Feature, Kind, Part, Subject
from .timelines import INTEREST, TOUCHES, timeline

DEAL = (
    Feature(
        "stage", Kind.CATEGORY, "was.stage", "The stage of the deal.", "The stage is {value}.",
        unknown="No stage was on record.",
    ),
    Feature(
        "amount", Kind.NUMBER, number("was.amount"), "The amount of the deal, in its own currency.",
        "The deal is worth {value}.", unknown="No amount was on record.",
    ),
    Feature(
        "days_to_close", Kind.NUMBER, f"({day('was.close_date')}) - asked.cut::date",
        "Days until the deal should close.", "The deal should close in {value} days.",
        "The deal should close tomorrow.", unknown="No close date was on record.",
    ),
    Feature(
        "deal_age", Kind.NUMBER, f"CASE WHEN asked.since <= asked.cut THEN {days_since('asked.since')} END",
        "Days since the deal came to us.", "The deal is {value} days old.", "The deal is 1 day old.",
        unknown="The deal had not come to us yet.",
    ),
)  # fmt: skip
MOVES = Part(
    "mov",
    f"""JOIN records_opportunity d ON d.id = asked.id
  CROSS JOIN LATERAL {changes("d", "stage", "asked.cut - interval '365 days'")} moved""",
    (
        Feature(
            "stage_moves", Kind.NUMBER, "count(*)", "Moves from stage to stage in a year.",
            "It moved {value} times from stage to stage.", "It moved once from stage to stage.", "0",
        ),
        Feature(
            "days_in_stage", Kind.NUMBER, days_since("max(moved.at)"), "Days since it last moved.",
            "It last moved {value} days ago.", "It last moved yesterday.", unknown="It never moved on record.",
        ),
    ),
)  # fmt: skip
PUSHES = Part(
    "psh",
    f"""JOIN records_opportunity d ON d.id = asked.id
  CROSS JOIN LATERAL {changes("d", "close_date", "asked.cut - interval '365 days'")} moved""",
    (
        Feature(
            "close_pushes", Kind.NUMBER, "count(*) FILTER (WHERE moved.new > moved.old)",
            "How often the close date was moved back in a year.",
            "The close date was moved back {value} times.", "The close date was moved back once.", "0",
        ),
    ),
)  # fmt: skip
DEAL_WAS = ", ".join(f"{field('d', name)} AS {name}" for name in ("stage", "amount", "close_date"))

WIN = Subject(
    "win",
    "opportunity",
    "records_opportunity",
    f"own.{SEGMENT}",
    (
        Part(
            "own",
            f"{company_of('records_opportunity')} "
            f"CROSS JOIN LATERAL (SELECT {DEAL_WAS}) was WHERE d.id = asked.id",
            (*COMPANY, *DEAL),
            grouped=False,
        ),
        timeline("opportunity_id", *TOUCHES),
        MOVES,
        PUSHES,
        Part("com", roles("opportunity_id = asked.id"), SIZES),
    ),
)

PERSON = (
    Feature(
        "source", Kind.CATEGORY, "was.source", "Where the lead came from.", "The lead came from {value}.",
        unknown="Where the lead came from is not on record.",
    ),
    Feature(
        "has_title", Kind.FLAG, "coalesce(was.title, '') <> ''", "Whether a job title is on record.",
        "A job title is on record.", "No job title is on record.",
    ),
    Feature(
        "has_account", Kind.FLAG, "link.account IS NOT NULL", "Whether the lead belongs to an account.",
        "The lead belongs to an account.", "The lead belongs to no account.",
    ),
)  # fmt: skip
OPT_OUT = Part(
    "opt",
    """JOIN records_consent s ON s.contact_id = asked.id AND s.channel = 'email' AND s.state = 'opted_out'
    AND s.recorded_at <= asked.cut""",
    (
        Feature(
            "opted_out", Kind.FLAG, "count(*) > 0", "Whether they opted out of mail.", "They opted out of mail.",
            "They did not opt out of mail.", "false",
        ),
    ),
)  # fmt: skip
LEAD = Subject(
    "lead",
    "contact",
    "records_contact",
    f"own.{SEGMENT}",
    (
        Part(
            "own",
            f"{company_of('records_contact')} "
            f"CROSS JOIN LATERAL (SELECT {field('d', 'source', carried=True)} AS source, "
            f"{field('d', 'title')} AS title) was WHERE d.id = asked.id",
            (*COMPANY, *PERSON),
            grouped=False,
        ),
        timeline("contact_id", *TOUCHES, *INTEREST),
        OPT_OUT,
    ),
)
