"""The house's measures: short functions, short files, imports at the top and downwards only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from crm.launch.places import ROOT
from tests.measures import (
    functions_of,
    length_of_file,
    length_of_function,
    name_of,
    page_files,
    python_files,
    tree_of,
)

LONGEST_FUNCTION = 40
LONGEST_FILE = 400


def test_no_function_is_too_long() -> None:
    long = [
        f"{name_of(path)}: {function.name}"
        for path in python_files()
        for function in functions_of(path)
        if length_of_function(function) > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_is_too_long() -> None:
    long = [path for path in (*python_files(), *page_files()) if length_of_file(path) > LONGEST_FILE]
    assert [name_of(path) for path in long] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in python_files() if length_of_file(path) and not ast.get_docstring(tree_of(path))]
    assert [name_of(path) for path in silent] == []


def test_no_import_hides_in_a_function() -> None:
    """Django's AppConfig.ready is the one place where an import must wait."""
    hidden = [
        f"{name_of(path)}: {function.name}"
        for path in python_files()
        if "tests" not in path.parts and path.name != "apps.py"
        for function in functions_of(path)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert hidden == []


@pytest.mark.parametrize("name", ["utils", "helpers", "data", "info", "manager"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert [name_of(path) for path in python_files() if path.stem == name] == []


def test_imports_point_downwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
