"""The workflows we ship. They say what should be done; the intake and the gate treat them like any other agent."""

from __future__ import annotations

from .dormant import Dormant
from .escalation_reply import EscalationReply
from .follow_up import FollowUp
from .hygiene import AccountHygiene, ColdLeads, ContactHygiene
from .kinds import Again, Answer, BuiltIn, Case, News, Step, Terms, Trigger, Value
from .lead_qualification import LeadQualification
from .meeting_prep import MeetingPrep
from .meeting_summary import MeetingSummary
from .next_step import NextStep
from .onboarding import Onboarding
from .outbound_brief import OutboundBrief
from .publish_scores import PublishScores
from .renewal import Renewal
from .risk import Risk
from .score_risk import ScoreRisk
from .trial_sequence import TrialSequence
from .win_back import WinBack

# In the order in which they share what their agent may propose: what a customer waits for comes first.
BUILT_IN: tuple[BuiltIn, ...] = (
    EscalationReply(),
    LeadQualification(),
    FollowUp(),
    TrialSequence(),
    Onboarding(),
    NextStep(),
    MeetingPrep(),
    MeetingSummary(),
    OutboundBrief(),
    Risk(),
    Renewal(),
    WinBack(),
    Dormant(),
    ContactHygiene(),
    AccountHygiene(),
    ColdLeads(),
    PublishScores(),
    ScoreRisk(),
)

__all__ = [
    "BUILT_IN",
    "Again",
    "Answer",
    "BuiltIn",
    "Case",
    "News",
    "PublishScores",
    "ScoreRisk",
    "Step",
    "Terms",
    "Trigger",
    "Value",
]
