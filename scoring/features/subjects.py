"""Everything a model can be asked about."""

from __future__ import annotations

from .churn import CHURN
from .deals import LEAD, WIN
from .schema import Subject

SUBJECTS: dict[str, Subject] = {subject.question: subject for subject in (CHURN, LEAD, WIN)}
