"""alerts-projector: which alerts has a user, and which of them have they seen?

Reads: mybank.user-alerts, mybank.alert-acknowledgements.
Writes: Valkey, a user's alerts in the order of the log; announces each new one.
Guarantee: effectively once: an alert that comes again changes nothing and is not announced; the first acknowledgement stands.
Left out: all but the latest 10,000 alerts of a user.
"""

from __future__ import annotations

from services.mybank.alerts_projector.handler import AlertHandler
from services.mybank.alerts_projector.store import Alerts
from services.mybank.contracts.topics import ALERT_ACKNOWLEDGEMENTS, CASE_DIR, USER_ALERTS
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.serialization import codecs
from shared.settings import ServiceSettings
from shared.stores import valkey
from shared.worker import run_projector


def main() -> None:
    settings = ServiceSettings()
    client = valkey.connect(settings.valkey)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("valkey", valkey.ping_check(client))
        return AlertHandler(Alerts(client))

    run_projector("mybank-alerts-projector", settings, codecs(CASE_DIR, USER_ALERTS, ALERT_ACKNOWLEDGEMENTS), handler)


if __name__ == "__main__":
    main()
