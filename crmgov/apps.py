"""The roof app: commands, the Celery application, and rights for the running role after each migration."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CrmgovConfig(AppConfig):
    name = "crmgov"
    label = "crmgov"

    def ready(self) -> None:
        from crmgov.env.grants import grant_after_migrate

        import_module("crmgov.celery")
        post_migrate.connect(grant_after_migrate, dispatch_uid="crmgov.grants")
