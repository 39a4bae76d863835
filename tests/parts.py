"""The parts of `make test`, in their order: what each runs, and which cases it needs to be up."""

from __future__ import annotations

import sys
from dataclasses import dataclass

_PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:locust",
    "-p",
    "no:valkey",
    "--durations=5",
    "--durations-min=2",
)
_STRICT = ("shared", "infra", "services")


@dataclass(frozen=True)
class Check:
    """A tool that passes or fails as a whole: it counts as one test."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Either checks or one pytest run."""

    name: str
    about: str
    checks: tuple[Check, ...] = ()
    paths: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    """Which have to be up on the tests' own stack; what others have brought up stays."""

    def pytest(self, report: str) -> tuple[str, ...]:
        """The command, which also writes its counts to `report` (JUnit XML)."""
        return (*_PYTEST, *self.options, f"--junitxml={report}", *self.paths)


PARTS = (
    Part(
        "lint",
        "ruff, mypy --strict, import-linter",
        checks=(
            Check("ruff check", (sys.executable, "-m", "ruff", "check", ".")),
            Check("ruff format", (sys.executable, "-m", "ruff", "format", "--check", ".")),
            Check("mypy --strict", (sys.executable, "-m", "mypy", "--strict", *_STRICT)),
            Check("import-linter", (sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
        ),
    ),
    Part("unit", "no server, no network", paths=("tests/unit",)),
    Part("contract", "topics, schemas, examples, indices against each other", paths=("tests/contract",)),
    Part("architecture", "the conventions, each seen to fail", paths=("tests/architecture",)),
    Part("movieflix", "the running case, over HTTP", paths=("tests/e2e/movieflix",), cases=("movieflix",)),
    Part(
        "integration",
        "the suites of stand-ins on the real servers",
        paths=("tests/integration",),
        cases=("movieflix", "mybank", "ingestion"),
    ),
    Part("mybank", "the running case, over HTTP", paths=("tests/e2e/mybank",), cases=("mybank",)),
    Part("ingestion", "the running case, over HTTP", paths=("tests/e2e/ingestion",), cases=("ingestion",)),
    Part("launcher", "the launcher itself, on small stacks of its own", paths=("tests/e2e/infra",)),
)
"""`launcher` comes last, when the tests' own stack is gone: it starts stacks itself."""
