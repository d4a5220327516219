"""The Celery application, loaded by CrmgovConfig.ready: importing crmgov.kernel stays free of Celery."""

import os

from celery import Celery
from celery.signals import worker_process_init
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django_structlog.celery.steps import DjangoStructLogInitStep

from crmgov.schedule import BEAT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmgov.settings")


@worker_process_init.connect
def _forget_inherited_connections(**_: object) -> None:
    """A pool does not survive a fork: two processes would talk over one socket (only with --pool prefork)."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()


app = Celery("crmgov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
