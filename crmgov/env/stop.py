"""`python -m crmgov.env.stop`: stop the embedded Postgres of this CRMGOV_HOME, if it runs."""

from crmgov.env import environment, folders, postgres


def main() -> None:
    surroundings = environment.read()
    if surroundings.embedded and surroundings.home.exists():
        postgres.stop(folders.find(surroundings.home))


if __name__ == "__main__":
    main()
