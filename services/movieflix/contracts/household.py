"""The members of the household that a person can be: the simulator never plays them, so what happens to them is the person's doing."""

from __future__ import annotations

import msgspec


class Member(msgspec.Struct, frozen=True):
    user_id: str
    name: str


HOUSEHOLD = (Member("ada", "Ada"), Member("ben", "Ben"), Member("cleo", "Cleo"), Member("dora", "Dora"))
