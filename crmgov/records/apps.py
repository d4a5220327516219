from django.apps import AppConfig
from django.core.checks import register


class RecordsConfig(AppConfig):
    name = "crmgov.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import nudges
        from .checks import check_contracts

        register(check_contracts)
        nudges.connect()
