"""The one tag of message templates. A library of Django for `templates.py` alone: no page can load it."""

from __future__ import annotations

from django.template import Library
from django.template.defaulttags import do_if

register = Library()
register.tag("if", do_if)
