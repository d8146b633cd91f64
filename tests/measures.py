"""Lengths of functions and files, for the tests of their limits and for the medians that `make lint` prints."""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from crm.launch.places import ROOT

SOURCES = ("crm", "clients", "billing", "loyalty", "tests")


def python_files() -> list[Path]:
    found = (path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def page_files() -> list[Path]:
    served = (path for path in (ROOT / "static").rglob("*") if path.suffix in {".css", ".js"})
    ours = [path for path in served if "vendor" not in path.parts]
    return sorted([*ours, *(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.typ")])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length_of_function(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines, from `def` to the last one."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def length_of_file(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def summary(name: str, lengths: list[int]) -> str:
    ordered = sorted(lengths)
    p90 = ordered[len(ordered) * 9 // 10]
    return f"{name}: {len(ordered)}, median {statistics.median(ordered):g} lines, p90 {p90}, longest {ordered[-1]}"


def summaries() -> list[str]:
    modules = [path for path in python_files() if "tests" not in path.parts]
    functions = [length_of_function(function) for path in modules for function in functions_of(path)]
    files = [length_of_file(path) for path in (*modules, *page_files())]
    return [summary("Functions", functions), summary("Files", files)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(summaries()) + "\n")
