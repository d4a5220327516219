"""Where the embedded server lives, whoever starts it and however long the path is."""

import os
from pathlib import Path

import pytest

from crmgov.env import folders
from crmgov.env.environment import Misconfigured

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


def test_a_socket_path_is_short_however_deep_the_checkout_lies(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)

    found = folders.find(deep)

    assert len(os.fsencode(found.socket / folders.SOCKET_NAME)) < folders.SOCKET_PATH_LIMIT
    assert folders.find(deep) == found
    assert folders.find(deep / "other").socket != found.socket


@as_root
def test_root_moves_the_server_where_nobody_may_walk(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)

    found = folders.find(locked / "home")

    assert found.data.is_relative_to(folders.ROOT_FALLBACK)
    assert found.runs_as not in (None, 0)


@as_root
def test_root_keeps_to_the_owner_of_existing_data(tmp_path: Path) -> None:
    data = tmp_path / "home" / "pg"
    data.mkdir(parents=True)
    os.chown(data, 12345, -1)

    found = folders.find(tmp_path / "home")

    assert found.runs_as == 12345
    assert found.data == data


def test_a_folder_of_somebody_else_is_refused_by_name(tmp_path: Path) -> None:
    stranger = 54321 if os.geteuid() == 0 else os.geteuid() + 1
    (tmp_path / "pg").mkdir()

    with pytest.raises(Misconfigured, match="belongs to user"):
        folders._refuse_foreign(tmp_path / "pg", stranger)


def test_a_platform_without_a_wheel_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "find_spec", lambda name: None)

    with pytest.raises(Misconfigured, match="set DATABASE_URL"):
        folders.shipped_installation()
