"""Everybody who takes part in a run: the bank's branches, customers who watch, a receiver, and those who ask whether parts handle."""

from __future__ import annotations

import os
import threading

from shared.settings import ServiceSettings
from tests.chaos.mybank.load import Load
from tests.chaos.mybank.receiver import Receiver
from tests.chaos.mybank.settings_desk import SettingsDesk
from tests.chaos.mybank.targets import Probes
from tests.chaos.mybank.watchers import Watchers
from tests.chaos.mybank.world import Wallet, World


class Bank:
    """On the stack whose environment is in os.environ. `close` ends everybody but the load, which has a `stop` of its own."""

    def __init__(self, seed: int, run: str, rate: float) -> None:
        self.env = dict(os.environ)
        self.url = self.env["MYBANK_DATABASE_URL"]
        self.settings = ServiceSettings()
        self.world, self.wallet = World(seed, run), Wallet()
        self.stopping = threading.Event()
        self.receiver = Receiver(seed)
        self.watchers = Watchers(self.wallet, seed)
        self.probes = Probes(self.world, self.wallet, self.url, self.receiver, self.stopping)
        self.load = Load(self.world, self.wallet, self.url, self.watchers, self.receiver, rate)

    def close(self) -> None:
        self.watchers.close()
        self.receiver.close()
        self.probes.close()

    @property
    def desks(self) -> list[SettingsDesk]:
        return [self.probes.desk, *(branch.desk for branch in self.load.branches)]
