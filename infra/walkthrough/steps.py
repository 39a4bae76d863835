"""The README's walkthrough as steps: what a reader copies into a shell is what the demo runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

SECTION = "## Walkthrough"
SEEN, GONE = "# -> ", "# -/> "
"""Under a command: what its output must hold, or must not hold."""

_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=")
_SENDS = re.compile(r"\s(-d|--data\S*|--json|-X|--request|-T)\b")


class WalkthroughError(ValueError):
    """The README's section is missing or malformed; the message says where."""


@dataclass(frozen=True)
class Step:
    """One command with what must be seen."""

    text: str
    """The sentences before its block; empty for further commands of a block."""
    command: str
    seen: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def variable(self) -> str | None:
        """What this step sets for those after it."""
        match = _ASSIGNMENT.match(self.command)
        return match[1] if match else None

    @property
    def repeatable(self) -> bool:
        """A GET: views follow events within moments, so it is asked again until it shows them."""
        return self.command.startswith("curl ") and not _SENDS.search(self.command)

    def missing(self, output: str) -> list[str]:
        """What the output should hold and does not, and the other way round."""
        absent = [f"not seen: {text}" for text in self.seen if text not in output]
        return absent + [f"still there: {text}" for text in self.gone if text in output]


def read_steps(readme: str) -> list[Step]:
    """The steps of the section SECTION. Raises WalkthroughError."""
    if SECTION not in readme:
        raise WalkthroughError(f"there is no section {SECTION!r}")
    section = re.split(r"\n## ", readme.split(SECTION, 1)[1])[0]
    # Text and blocks in turns: every second part is the inside of a block.
    parts = re.split(r"^```(?:sh)?(?:\n|$)", section, flags=re.MULTILINE)
    steps: list[Step] = []
    for text, block in zip(parts[::2], parts[1::2], strict=False):
        for number, command in enumerate(_commands(block)):
            steps.append(Step("" if number else _last_paragraph(text), command.text, tuple(command.seen), tuple(command.gone)))
    if not any(step.seen for step in steps):
        raise WalkthroughError(f"no command in {SECTION!r} says with {SEEN.strip()!r} what must be seen")
    return steps


@dataclass
class _Command:
    text: str
    seen: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def _commands(block: str) -> list[_Command]:
    commands: list[_Command] = []
    joined = ""
    for line in block.splitlines():
        if line.startswith((SEEN, GONE)):
            if not commands:
                raise WalkthroughError(f"{line!r} stands under no command")
            if line.startswith(SEEN):
                commands[-1].seen.append(line.removeprefix(SEEN).strip())
            else:
                commands[-1].gone.append(line.removeprefix(GONE).strip())
        elif line.strip() and not line.startswith("#"):
            joined += line + "\n"
            if _complete(joined):
                commands.append(_Command(joined.strip()))
                joined = ""
    return commands


def _complete(command: str) -> bool:
    """Whether no quotation is open and no line is to follow."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return not command.endswith("\\\n")


def _last_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[-1].split())
