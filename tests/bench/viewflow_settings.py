"""The settings of the tests, and the apps of the peer, as its documentation asks for them."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "viewflow", "viewflow.workflow", "tests.bench.peer"]
ROOT_URLCONF = "tests.bench.peer.urls"
DATABASE_ROUTERS = ["tests.bench.peer.routers.MigrateAsOwner"]
