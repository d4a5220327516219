"""The floors and rooms hold: import-linter's contracts, run as a test so that pytest alone tells."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import CHECKOUT


def test_every_layer_contract_is_kept() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter, "import-linter is not installed: run script/test once"

    done = subprocess.run([linter], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_importing_the_kernel_and_the_rules_loads_no_django() -> None:
    modules = ["crmgov.kernel", "crmgov.kernel.canonical", "crmgov.kernel.money", "approvals.rules.gate"]
    program = f"import {', '.join(modules)}, sys; print('django' in sys.modules, 'celery' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "False"]


def test_every_module_of_the_roof_stands_on_a_floor() -> None:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    floors = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {name.strip(" ()") for floor in floors for name in floor.split(":")}

    found = {
        f"crmgov.{path.stem}"
        for path in (CHECKOUT / "crmgov").iterdir()
        if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }

    assert found - named == set(), "name it in the first contract of [tool.importlinter]"
