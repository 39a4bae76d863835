"""What customers say to settings-api, repeated until it is answered; and what was answered."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx

from shared.settings import service_url
from tests.chaos.flow import ANSWER_SECONDS, PATIENCE_SECONDS, REPEATED_AFTER_SECONDS, NotAcceptedError
from tests.chaos.mybank.world import SECRET, Wallet
from tests.unit.mybank.alert_model import Version, version_from


class StoppedError(Exception):
    """The run ends: whether the call was carried out is not known."""


class SettingsDesk:
    """One connection for one thread. A user speaks at one desk only, so that what is answered stands in their order."""

    def __init__(self, wallet: Wallet, stopping: threading.Event) -> None:
        self._wallet = wallet
        self._stopping = stopping
        self._client = httpx.Client(
            base_url=service_url("mybank", "settings-api"), timeout=httpx.Timeout(ANSWER_SECONDS, connect=2), trust_env=False
        )
        self.answered: list[tuple[str, Version]] = []
        """User and version, as it was answered; the same may be there twice, answered to a repeated call."""
        self.with_webhook: set[str] = set()
        self.calls_repeated = 0
        self.longest_wait = 0.0

    def set(self, user_id: str, threshold_id: str, amount: str, direction: str, window_hours: int | None) -> None:
        """Returns once it is answered. Raises NotAcceptedError, StoppedError."""
        body = {"direction": direction, "amount": amount, "currency": "EUR", "window_hours": window_hours}
        self._note(user_id, self._answer("PUT", user_id, f"thresholds/{threshold_id}", body)[0])

    def end(self, user_id: str, threshold_id: str) -> None:
        answer, repeated = self._answer("DELETE", user_id, f"thresholds/{threshold_id}", None, may_be_gone=True)
        if answer.status_code == 404 and not repeated:
            raise NotAcceptedError(f"the threshold {threshold_id} of {user_id} is in force, and settings-api does not know it")
        if answer.status_code == 200:
            self._note(user_id, answer)

    def webhook(self, user_id: str, url: str) -> None:
        self._answer("PUT", user_id, "webhook", {"url": url, "secret": SECRET})
        self.with_webhook.add(user_id)

    def close(self) -> None:
        self._client.close()

    def _note(self, user_id: str, answer: httpx.Response) -> None:
        self.answered.append((user_id, version_from(answer.json())))

    def _answer(
        self, method: str, user_id: str, path: str, body: dict[str, Any] | None, may_be_gone: bool = False
    ) -> tuple[httpx.Response, bool]:
        """The answer, and whether the call had to be repeated for it: then an earlier one may have been carried out."""
        started, repeated = time.monotonic(), False
        while True:
            try:
                answer = self._client.request(method, f"/v1/users/{user_id}/{path}", json=body, headers=self._wallet.headers(user_id))
            except httpx.TransportError as error:
                reason = repr(error)
            else:
                if answer.status_code == 200 or (may_be_gone and answer.status_code == 404):
                    self.longest_wait = max(self.longest_wait, time.monotonic() - started)
                    return answer, repeated
                reason = f"{answer.status_code}: {answer.text[:200]}"
                if answer.status_code != 503:
                    raise NotAcceptedError(f"{method} {path} of {user_id}: {reason}")
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise NotAcceptedError(f"settings-api did not answer for {PATIENCE_SECONDS:.0f} s: {reason}")
            repeated = True
            self.calls_repeated += 1
            if self._stopping.wait(REPEATED_AFTER_SECONDS):
                raise StoppedError
