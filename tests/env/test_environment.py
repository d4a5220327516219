"""What the surroundings say, and the sentences when they contradict themselves."""

from pathlib import Path

import pytest

from crmgov.env.environment import Misconfigured, read

PRODUCTION = {"CRMGOV_ENV": "production", "DATABASE_URL": "postgres://a@b/c", "SECRET_KEY": "k" * 50}


def test_with_nothing_said_it_is_the_embedded_default() -> None:
    surroundings = read({})

    assert surroundings.embedded
    assert surroundings.broker_is_database
    assert not surroundings.production
    assert surroundings.home.name == ".crmgov"


def test_given_addresses_replace_database_and_broker() -> None:
    surroundings = read({"DATABASE_URL": "postgres://a@b/c", "CELERY_BROKER_URL": "redis://r"})

    assert not surroundings.embedded
    assert not surroundings.broker_is_database
    assert surroundings.migration_database_url == "postgres://a@b/c"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"CRMGOV_ENV": "prod"}, "local or production"),
        ({"CRMGOV_ENV": "production"}, "DATABASE_URL"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT"),
        ({"IMPORT_MAX_BYTES": "1 GB"}, "IMPORT_MAX_BYTES"),
        ({"IMPORT_MAX_BYTES": "0"}, "IMPORT_MAX_BYTES"),
    ],
)
def test_a_contradiction_names_the_variable(variables: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        read(variables)


def test_imports_come_from_uploads_of_a_gigabyte_unless_somebody_says_otherwise() -> None:
    usual, other = read({}), read({"IMPORT_MAX_BYTES": "1000", "IMPORT_FOLDER": "/srv/exports"})

    assert (usual.import_max_bytes, usual.import_folder) == (1 << 30, None)
    assert (other.import_max_bytes, other.import_folder) == (1000, Path("/srv/exports"))


def test_production_needs_a_key_and_takes_it() -> None:
    assert read(PRODUCTION).key() == "k" * 50
    with pytest.raises(Misconfigured, match="SECRET_KEY"):
        read({**PRODUCTION, "SECRET_KEY": ""}).key()


def test_the_local_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    surroundings = read({"CRMGOV_HOME": str(tmp_path / "home")})

    first = surroundings.key()

    assert len(first) >= 50
    assert surroundings.key() == first
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret.key"]


@pytest.mark.parametrize(
    ("flag", "url", "shown"), [("1", "", True), ("", "", False), ("1", "postgres://a@b/c", False)]
)
def test_demo_logins_show_on_the_embedded_default_only(flag: str, url: str, shown: bool) -> None:
    surroundings = read({"CRMGOV_SHOW_DEMO_LOGINS": flag, "DATABASE_URL": url})

    assert surroundings.shows_demo_logins is shown
