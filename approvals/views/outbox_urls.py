"""The addresses of the outbox."""

from django.urls import path

from . import outbox

MESSAGE = "outbox/<uuid:execution_id>/"

urlpatterns = [
    path("outbox/", outbox.listing, name="outbox"),
    path(MESSAGE, outbox.message, name="outbox_message"),
    path(f"{MESSAGE}settle", outbox.settle, name="outbox_settle"),
    path(f"{MESSAGE}hold-back", outbox.hold_back, name="outbox_hold_back"),
    path(f"{MESSAGE}retry", outbox.retry, name="outbox_retry"),
]
