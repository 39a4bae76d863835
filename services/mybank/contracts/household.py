"""The customers that a person can be on the page; the simulated bank books for them too, so that the page lives."""

from __future__ import annotations

import msgspec


class Customer(msgspec.Struct, frozen=True):
    user_id: str
    name: str


HOUSEHOLD = (Customer("ada", "Ada"), Customer("ben", "Ben"), Customer("cleo", "Cleo"), Customer("dora", "Dora"))
