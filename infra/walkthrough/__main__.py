"""Runs the walkthrough of a case's README against the running stack, and checks what it says must be seen.

make demo-movieflix, or python -m infra.walkthrough movieflix in the environment of a stack
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from infra.local.errors import StackError
from infra.local.stack_file import Case, load_case
from infra.walkthrough.steps import Step, WalkthroughError, read_steps

ROOT = Path(__file__).parents[2]
SEEN_WITHIN_SECONDS = 30.0
"""A table is written a batch at a time, and on a machine that is busy a batch waits for the one before."""
LONGEST_COMMAND_SECONDS = 60.0


def run(steps: list[Step], ports: Mapping[int, str], within: float = SEEN_WITHIN_SECONDS) -> bool:
    """Whether every step showed what it should; stops at the first that did not. `ports`: the README's port -> the stack's."""
    environment = dict(os.environ)
    for step in steps:
        if step.text:
            print(f"\n{step.text}")
        print(f"$ {step.command}")
        started = time.monotonic()
        while True:
            output, failed = _shell(_with_ports(step, ports), step.variable, environment)
            missing = failed + step.missing(output)
            if not missing or not step.repeatable or time.monotonic() - started > within:
                break
            time.sleep(0.1)
        print(_shortened(output))
        if missing:
            print(f"FAILED after {time.monotonic() - started:.1f} s: {'; '.join(missing)}")
            return False
        for text in step.seen:
            print(f"  seen: {text}")
        for text in step.gone:
            print(f"  gone: {text}")
    return True


def stack_ports(case: Case) -> dict[int, str]:
    """The ports that the README names are stack.yaml's; this stack's own stand in its environment."""
    return {service.port: os.environ.get(service.port_variable, str(service.port)) for service in case.services}


def main(name: str, root: Path = ROOT) -> int:
    """1 with a sentence where there is no walkthrough, or a step did not show what it promises."""
    try:
        case = load_case(root, name)
        steps = read_steps((case.folder / "README.md").read_text())
    except (OSError, StackError, WalkthroughError) as error:
        print(f"{name}: {error}")
        return 1
    started = time.monotonic()
    if not run(steps, stack_ports(case)):
        return 1
    print(f"\n{len(steps)} steps in {time.monotonic() - started:.1f} s: all that the README promises was seen.")
    return 0


def _with_ports(step: Step, ports: Mapping[int, str]) -> str:
    return re.sub(r"localhost:(\d+)", lambda match: f"localhost:{ports.get(int(match[1]), match[1])}", step.command)


def _shell(command: str, variable: str | None, environment: dict[str, str]) -> tuple[str, list[str]]:
    """Output of one command, errors included, and how it failed; the variable that it sets is kept in `environment` for those after it."""
    script = f'set -e\n{command}\nprintf %s "${variable}"' if variable else command
    done = subprocess.run(
        ["bash", "-c", script],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_COMMAND_SECONDS,
        check=False,
    )
    if variable:
        environment[variable] = done.stdout
    return done.stdout, [f"the command ended with exit code {done.returncode}"] if done.returncode else []


def _shortened(output: str, limit: int = 600) -> str:
    return output if len(output) <= limit else f"{output[:limit]} ... ({len(output):,} characters)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
