"""Finds components by their folders."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path

from infra.local.component import Component
from infra.local.errors import StackError

_INFRA = Path(__file__).resolve().parents[1]


def component_names() -> list[str]:
    """The folders of infra/ that hold a component.py, but for the launcher's own."""
    return sorted(path.parent.name for path in _INFRA.glob("*/component.py") if path.parent.name != "local")


def load_components(names: Iterable[str]) -> list[Component]:
    """The named components and what they require, each after what it requires."""
    ordered: dict[str, Component] = {}

    def add(name: str) -> None:
        if name in ordered:
            return
        if name not in component_names():
            raise StackError(f"There is no component {name!r} in infra/ (there are: {', '.join(component_names())}).")
        component: Component = importlib.import_module(f"infra.{name}.component").COMPONENT
        for required in component.requires:
            add(required)
        ordered[name] = component

    for name in names:
        add(name)
    return list(ordered.values())
