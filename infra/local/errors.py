"""The one error that reaches a person."""

from __future__ import annotations


class StackError(Exception):
    """Something that the user can mend. The text is one clear sentence that says how; no traceback is shown."""
