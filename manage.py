#!/usr/bin/env python
"""Run one management command; starts the embedded Postgres first when it is the database and is down."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmgov.settings")
    from crmgov.env import databases, environment, up

    try:
        if sys.argv[1:2] == ["up"]:  # supervises without loading Django: its children load it
            return up.main(sys.argv[2:])
        # One command is one connection; a pool is for who serves, and its spare ones look like somebody at work.
        os.environ["CRMGOV_NO_POOL"] = "1"
        surroundings = environment.read()
        surroundings.key()  # asked here for its sentence; inside Django it would be a traceback
        databases.ensure(surroundings)
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except environment.Misconfigured as refused:
        sys.exit(f"crmgov: {refused}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
