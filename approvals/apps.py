from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone


class ApprovalsConfig(AppConfig):
    name = "approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from approvals import metrics, nudges

        nudges.connect()
        metrics.register()
        post_migrate.connect(_ensure_first_policy, sender=self, dispatch_uid="first_policy")


def _ensure_first_policy(*, using: str, **_: Any) -> None:
    """Nothing can be judged without a policy: version 1 is there after every migration and every test flush."""
    from approvals.services import policies

    if using == "owner" and policies.can_be_kept(using=using):
        policies.ensure_first(at=timezone.now(), using=using)
