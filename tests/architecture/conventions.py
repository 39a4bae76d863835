"""The conventions as functions: each takes a root folder and names what breaks it, one sentence for each place."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SERVICE_FILES = frozenset(f"{name}.py" for name in ["__init__", "__main__", "settings", "app", "agents", "handler", "domain", "store"])
SERVICE_FOLDERS = frozenset({"catalogue", "static"})
DOCSTRING_SECTIONS = ("Reads:", "Writes:", "Guarantee:", "Left out:")
LONGEST_FILE = 250
"""Lines: a file is read in one sitting."""

LONGEST_PAUSE = 0.1
"""Seconds: the pause of a loop that looks again and again, and of a stand-in that is slow on purpose, is below."""

FORBIDDEN_STEMS = frozenset({"utils", "util", "helpers", "helper", "misc", "commons"})
CODE = ("shared", "infra", "services", "tests", "loadtests")


def stack_files(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each case's folder with its stack.yaml."""
    for path in sorted(root.glob("services/*/stack.yaml")):
        yield path.parent, yaml.safe_load(path.read_text())


def service_folders(root: Path) -> Iterator[Path]:
    """The folders of all services that a stack.yaml names and that exist."""
    for case, document in stack_files(root):
        for service in document.get("services") or ():
            folder = case / service["module"].rsplit(".", 1)[1]
            if folder.is_dir() and any(folder.glob("*.py")):
                yield folder


def module_violations(root: Path) -> Iterator[str]:
    """A service's module is its name with underscores, and exists; where one has several services, they are named `<it>-<which>`."""
    for case, document in stack_files(root):
        for service in document.get("services") or ():
            expected = f"services.{case.name}.{service['name'].replace('-', '_')}"
            if service.get("environment"):
                expected = expected.rpartition("_")[0]
            if service["module"] != expected:
                yield f"{case.name}/stack.yaml: {service['name']} has the module {service['module']}, not {expected}"
            elif not (root / Path(*expected.split(".")) / "__main__.py").is_file():
                yield f"{case.name}/stack.yaml: {expected} has no __main__.py"


def port_violations(root: Path) -> Iterator[str]:
    """No two processes of any cases want one port; instance k of a service listens on its port + 20 k."""
    taken: dict[int, str] = {}
    for case, document in stack_files(root):
        for service in document.get("services") or ():
            for instance in range(service.get("instances", 1)):
                name = f"{case.name}/{service['name']}"
                port = int(service["port"]) + 20 * instance
                if port in taken:
                    yield f"{name} and {taken[port]} both listen on {port}"
                taken[port] = name


def folder_violations(root: Path) -> Iterator[str]:
    """A service has the files that every service has; beside domain.py there may be one more module of rules, as pure as it is."""
    for folder in service_folders(root):
        for path in sorted(folder.iterdir()):
            if path.name == "__pycache__" or (path.is_dir() and path.name in SERVICE_FOLDERS):
                continue
            if path.name in SERVICE_FILES:
                continue
            if path.suffix != ".py" or not (folder / "domain.py").exists():
                yield f"{path.relative_to(root)}: a service's files are {', '.join(sorted(SERVICE_FILES))}"
            elif impure := sorted(_imported(path) & _impure_modules()):
                yield f"{path.relative_to(root)} imports {impure[0]}: beside a service's own files there are rules only"
        rules = [path.name for path in sorted(folder.glob("*.py")) if path.name not in SERVICE_FILES]
        if len(rules) > 1:
            yield f"{folder.relative_to(root)}: {' and '.join(rules)} beside domain.py; one is enough"
        if not (folder / "__main__.py").exists():
            yield f"{folder.relative_to(root)} has no __main__.py"


def _imported(path: Path) -> set[str]:
    """The modules that a file imports, each with the packages above it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {".".join(name.split(".")[: depth + 1]) for name in names for depth in range(name.count(".") + 1)}


def _impure_modules() -> set[str]:
    """What import-linter forbids to domain.py."""
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).resolve().parents[2] / ".importlinter")
    return set(parser["importlinter:contract:domain-is-pure"]["forbidden_modules"].split())


def docstring_violations(root: Path) -> Iterator[str]:
    """`__main__` says in its first lines which question the service answers, what it reads and writes, and what it promises."""
    for folder in service_folders(root):
        path = folder / "__main__.py"
        docstring = (ast.get_docstring(ast.parse(path.read_text())) or "") if path.exists() else ""
        lines = docstring.splitlines()
        name = folder.name.replace("_", "-")
        if not lines or not lines[0].startswith(f"{name}: "):
            yield f"{path.relative_to(root)}: the docstring does not begin with '{name}: '"
        starts = [next((n for n, line in enumerate(lines) if line.startswith(section)), None) for section in DOCSTRING_SECTIONS]
        for section, start in zip(DOCSTRING_SECTIONS, starts, strict=True):
            if start is None:
                yield f"{path.relative_to(root)}: the docstring has no '{section}'"
        found = [start for start in starts if start is not None]
        if found != sorted(found):
            yield f"{path.relative_to(root)}: the docstring's order is {', '.join(DOCSTRING_SECTIONS)}"


def length_violations(root: Path) -> Iterator[str]:
    for top in ("shared", "infra", "services"):
        for path in sorted((root / top).rglob("*.py")):
            lines = len(path.read_text().splitlines())
            if lines > LONGEST_FILE:
                yield f"{path.relative_to(root)} has {lines} lines: {LONGEST_FILE} at most"


def name_violations(root: Path) -> Iterator[str]:
    """No file is named for what it is not."""
    for top in CODE:
        for path in sorted((root / top).rglob("*.py")):
            if path.stem in FORBIDDEN_STEMS:
                yield f"{path.relative_to(root)}: name it for what it does"


def shared_word_violations(root: Path) -> Iterator[str]:
    """No word of a case stands in shared/: neither the case's name, nor a topic's, nor an event's."""
    words = {word.lower(): case.name for case, _ in stack_files(root) for word in _words(case)}
    for path in sorted((root / "shared").rglob("*.py")):
        text = path.read_text().lower()
        for word, case_name in sorted(words.items()):
            if re.search(rf"\b{re.escape(word)}\b", text):
                yield f"{path.relative_to(root)} says {word!r}, a word of {case_name}"


def literal_violations(root: Path) -> Iterator[str]:
    """No topic, index or key string outside contracts/: services use the constants."""
    for case, _ in stack_files(root):
        declaration = case / "contracts" / "topics.yaml"
        topics = {entry["name"] for entry in yaml.safe_load(declaration.read_text())["topics"]} if declaration.exists() else set()
        indices = {f"{case.name}-{path.name.split('.')[0]}" for path in case.glob("contracts/indices/*.json")}
        for path in sorted(case.rglob("*.py")):
            if path.parent == case / "contracts":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    text = node.value
                    if text.removesuffix(".dlq") in topics or text in indices or text.startswith(f"{case.name}:"):
                        yield f"{path.relative_to(root)}:{node.lineno}: {text!r} is declared in contracts/: use its constant"


def _words(case: Path) -> Iterator[str]:
    yield case.name
    topics = case / "contracts" / "topics.yaml"
    for entry in yaml.safe_load(topics.read_text())["topics"] if topics.exists() else ():
        dataset = entry["name"].partition(".")[2]
        yield entry["name"]
        if "-" in dataset:
            yield from (dataset, dataset.replace("-", "_"))
    events = case / "contracts" / "events.py"
    for node in ast.parse(events.read_text()).body if events.exists() else ():
        if isinstance(node, ast.ClassDef):
            yield node.name


def sleep_violations(root: Path) -> Iterator[str]:
    """Tests wait until something is so, with a deadline; none waits a time that somebody found long enough."""
    for path in sorted((root / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep", "asyncio.sleep"):
                seconds = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else 0
                if isinstance(seconds, (int, float)) and seconds >= LONGEST_PAUSE:
                    yield f"{path.relative_to(root)}:{node.lineno}: a fixed sleep; use shared.testing.eventually"


def setting_name_violations(root: Path) -> Iterator[str]:
    """What can be set of a case's services begins with the case: the launcher hands on only that."""
    for folder, stack in stack_files(root):
        prefix = stack["case"].replace("-", "_").upper() + "_"
        for path in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "validation_alias":
                    name = ast.literal_eval(node.value)
                    if not name.startswith(prefix):
                        yield f"{path.relative_to(root)}:{node.value.lineno}: {name} does not begin with {prefix}"


def group_offset_violations(root: Path) -> Iterator[str]:
    """Nobody asks librdkafka's admin client for a group's offsets: that ends the process where the coordinator has moved (issue 5040)."""
    for top in CODE:
        for path in sorted((root / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr == "list_consumer_group_offsets":
                    yield f"{path.relative_to(root)}:{node.lineno}: {node.attr} of an admin client; use shared.consumer.group_offsets"


def connection_at_import_violations(root: Path) -> Iterator[str]:
    """Nothing connects at import: no client is made at the top level of a module."""
    clients = {"Producer", "Consumer", "Redis", "Elasticsearch", "AsyncElasticsearch", "EventPublisher", "connect", "connect_async"}
    for top in ("shared", "services"):
        for path in sorted((root / top).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)) and isinstance(node.value, ast.Call):
                    name = ast.unparse(node.value.func).rsplit(".", 1)[-1]
                    if name in clients:
                        yield f"{path.relative_to(root)}:{node.lineno}: {name} at import"
