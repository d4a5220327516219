"""What must not be in the repository: registry hosts, paths of one machine, big files."""

import re

from tests.architecture.sources import CHECKOUT, name, tracked

# In pieces, so that this file names none of them itself.
FOREIGN = re.compile(
    "|".join(
        [
            "py" + r"pi\.org",
            "python" + "hosted",
            "npm" + r"js\.(org|com)",
            "deb" + r"\.debian\.org",
            "/wo" + "rk/",
            "/ro" + "ot/",
            "/fa" + "rm/",
        ]
    )
)
LARGEST_BYTES = 600 * 1024


def test_no_registry_host_and_no_path_of_one_machine() -> None:
    found = {}
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="ignore")
        if match := FOREIGN.search(text):
            found[name(path)] = match.group()

    assert found == {}


def test_no_big_file() -> None:
    big = {name(path): path.stat().st_size for path in tracked() if path.stat().st_size > LARGEST_BYTES}

    assert big == {}


def test_requirements_are_hashed_and_name_no_index() -> None:
    for file in ("base.txt", "dev.txt", "bench.txt"):
        text = (CHECKOUT / "requirements" / file).read_text()
        pinned = re.findall(r"^[a-zA-Z0-9_.\-\[\]]+==\S+", text, re.MULTILINE)
        hashed = re.findall(r"^[a-zA-Z0-9_.\-\[\]]+==.*\\$", text, re.MULTILINE)

        assert pinned
        assert len(pinned) == len(hashed)
        assert "--index-url" not in text


def test_the_peer_of_a_bench_is_in_no_environment() -> None:
    """It is under the AGPL."""
    for file in ("base.txt", "dev.txt"):
        assert "viewflow" not in (CHECKOUT / "requirements" / file).read_text()
    assert "viewflow" in (CHECKOUT / "requirements" / "bench.txt").read_text()
