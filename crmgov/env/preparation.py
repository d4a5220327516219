"""From a reachable database to one the product can run on: migrated, and embedded with a demo."""

import psycopg

from crmgov.demo_logins import DemoLogin, demo_logins
from crmgov.env import databases
from crmgov.env.environment import CHECKOUT, Environment
from crmgov.env.folders import Folders
from crmgov.env.schema import Schema, fingerprint
from crmgov.env.terminal import manage, say

SEED_COMMAND = CHECKOUT / "crmgov" / "management" / "commands" / "seed_demo.py"
DEMO_EMAILS = "SELECT email FROM people_user WHERE email = ANY(%s)"


class Preparation:
    """The steps of a start that change the database."""

    def __init__(self, surroundings: Environment, folders: Folders | None) -> None:
        self.surroundings = surroundings
        self.folders = folders
        self.schema = Schema(runtime_dsn(surroundings, folders))
        self.stamp = surroundings.home / "migrated.stamp"
        self.loading = surroundings.home / "demo.loading"

    def run(self, *, demo: bool) -> None:
        self.clear_half_a_demo()
        self.migrate()
        if self.surroundings.production:
            say("up", "gathering static files")
            manage("up", "collectstatic", "--no-input", "-v0")
        if demo and self.folders is not None:
            self.load_demo()

    def migrate(self) -> None:
        if self.looks_current() and self.schema.is_current():
            say("up", "tables are up to date")
            return
        say("up", "bringing tables up to date")
        manage("up", "migrate", "--no-input", "-v0")
        manage("up", "default_queues", tell=False)
        self.stamp.write_text(fingerprint())

    def looks_current(self) -> bool:
        """From the stamp alone, without a database: good enough to start the web process early."""
        half = self.loading.exists()
        return not half and self.stamp.exists() and self.stamp.read_text() == fingerprint()

    def load_demo(self) -> None:
        if not SEED_COMMAND.exists() or self.schema.has_people():
            return
        say("up", "the database is empty: loading the demo company")
        self.loading.touch()
        manage("demo", "seed_demo")
        self.loading.unlink()

    def clear_half_a_demo(self) -> None:
        """A start killed while loading leaves half a company; nobody has used it yet, so begin again."""
        if self.folders is None or not self.loading.exists():
            return
        say("up", "the last start ended while the demo was loading: beginning again with an empty database")
        databases.drop(self.folders)
        databases.ensure(self.surroundings)
        self.stamp.unlink(missing_ok=True)
        self.loading.unlink()

    def demo_people(self) -> list[DemoLogin]:
        """Which of the demo logins are in this database."""
        known = {login.email: login for login in demo_logins()}
        with psycopg.connect(self.schema.dsn) as connection:
            there = {email for (email,) in connection.execute(DEMO_EMAILS, [list(known)])}
        return [login for email, login in known.items() if email in there]

    def first_admin_link(self, address: str) -> str:
        """The one-time link that makes the first admin, or nothing once there is one."""
        if self.schema.has_admin():
            return ""
        return manage("up", "first_admin_link", "--address", address, tell=False).splitlines()[-1]


def runtime_dsn(surroundings: Environment, folders: Folders | None) -> str:
    """A connection string of the running role."""
    if folders is not None:
        return databases.dsn(folders, databases.APP, databases.NAME)
    return surroundings.database_url
