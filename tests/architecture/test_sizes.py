"""Sizes and names. Aim for 150 lines and 10 per function; these are the walls, not the aim."""

import ast

import pytest

from tests.architecture.sources import name, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in python_files()}

    assert lengths
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {}
    for path in python_files():
        for function, length in function_lengths(path.read_text()).items():
            if length > LONGEST_FUNCTION:
                long[f"{name(path)}: {function}"] = length

    assert long == {}


def test_every_module_has_a_name_that_says_something() -> None:
    vague = [name(path) for path in python_files() if VAGUE_NAMES & {path.stem, path.parent.name}]

    assert vague == []


def function_lengths(source: str) -> dict[str, int]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(ast.parse(source))
        if isinstance(node, functions)
    }


@pytest.mark.parametrize("lines", [LONGEST_FUNCTION, LONGEST_FUNCTION + 1])
def test_the_ruler_measures_a_function(lines: int) -> None:
    source = "def long():\n" + "    pass\n" * (lines - 1)

    assert function_lengths(source) == {"long": lines}
