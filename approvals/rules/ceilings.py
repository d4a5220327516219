"""Where evidence stops: what a person decides however well it went so far (DESIGN §6, "Protected")."""

from crmgov.records.contracts import GROUPS, Permission

# What a customer reads, and what moves money or ownership, keeps explicit approval.
ACTIONS = {
    "send_message": "A customer reads it, so a person approves each message or its template.",
    "move_stage": "Stages are protected: a person moves them.",
    "merge": "Merging records is decided by a person.",
    "change_settings": "Settings are changed by people.",
}


def ceiling(*, action: str, group: str) -> str:
    """Why no evidence lets this kind of change run by itself; empty where it may."""
    if action in ACTIONS:
        return ACTIONS[action]
    found = next((one for one in GROUPS if one.name == group), None)
    if found is None or found.permission is Permission.NEVER:
        return "AI never changes these fields."
    if found.permission is Permission.PROPOSE:
        return "AI may only propose these fields; a person always decides."
    if found.rule_only:
        return "AI sets these fields alone only under a published routing rule."
    return ""
