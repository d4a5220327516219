"""Settings under test: a data folder of its own, beside a running product, and no outside service."""

import os
from pathlib import Path

os.environ.setdefault("CRMGOV_HOME", str(Path(__file__).resolve().parent.parent / ".crmgov-test"))
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 50)
os.environ["CELERY_BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "memory://")
# A pooled connection of `default` would keep the test database from being dropped.
os.environ["CRMGOV_NO_POOL"] = "1"

from crmgov.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
