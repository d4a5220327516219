"""Production settings pass Django's own check, and every page carries the strict policy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.architecture.sources import CHECKOUT

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
SERIOUS = {
    "CRMGOV_ENV": "production",
    "DATABASE_URL": "postgres://crmgov_app@127.0.0.1:1/crmgov",
    "SECRET_KEY": "".join(chr(ord("a") + number % 26) for number in range(60)),
    "ALLOWED_HOSTS": "crm.example.com",
    "DJANGO_SETTINGS_MODULE": "crmgov.settings",
    "PATH": os.environ["PATH"],
}


def check(home: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    given = {**SERIOUS, "CRMGOV_HOME": str(home), **changes}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=CHECKOUT, env=given, capture_output=True, text=True, check=False)


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = check(tmp_path)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": ""}, "crmgov: CRMGOV_ENV=production needs SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"ALLOWED_HOSTS": ""}, "security.W020"),
        ({"DATABASE_URL": ""}, "crmgov: CRMGOV_ENV=production needs DATABASE_URL"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    done = check(tmp_path, **changes)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_pages_carry_the_strict_policy(client: Client) -> None:
    answer = client.get("/session/login/")

    assert answer.status_code == 200
    directives = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
    assert directives >= POLICY
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
