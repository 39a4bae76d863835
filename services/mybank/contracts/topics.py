"""The topics of MyBank as the code names them; topics.yaml declares the rest of each."""

from __future__ import annotations

from pathlib import Path

from services.mybank.contracts.events import (
    AlertAcknowledged,
    AlertRaised,
    BankTransactionChanged,
    UserSettingsChanged,
    UserWebhookChanged,
)
from shared.topics import Topic

CASE_DIR = Path(__file__).parents[1]

BANK_TRANSACTIONS = Topic("mybank.bank-transactions", BankTransactionChanged, key="user_id")
USER_SETTINGS = Topic("mybank.user-settings", UserSettingsChanged, key="user_id")
USER_WEBHOOKS = Topic("mybank.user-webhooks", UserWebhookChanged, key="user_id")
USER_ALERTS = Topic("mybank.user-alerts", AlertRaised, key="user_id")
ALERT_ACKNOWLEDGEMENTS = Topic("mybank.alert-acknowledgements", AlertAcknowledged, key="user_id")

ALERT_PROCESSOR_STATES = "mybank-alert-processor-states-changelog"
"""What the alert processor knows of each user, written by its transactions."""
