from django.apps import AppConfig
from django.core.checks import Tags, register


class ScoringConfig(AppConfig):
    name = "scoring"
    label = "scoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import nudges
        from .checks import check_features, check_features_in_database

        register(check_features)
        register(check_features_in_database, Tags.database)
        nudges.connect()
