"""Settings come from the environment only."""

from __future__ import annotations

import pytest

from shared.settings import KafkaSettings, ServiceSettings, service_url


def test_a_cluster_without_credentials_needs_its_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1,127.0.0.1:3")
    client = KafkaSettings().client()
    assert client["bootstrap.servers"] == "127.0.0.1:1,127.0.0.1:3"
    assert not [name for name in client if name.startswith(("sasl", "ssl"))]


def test_a_hosted_cluster_gets_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": "SCRAM-SHA-512",
        "SASL_USERNAME": "ada",
        "SASL_PASSWORD": "p w",
        "SSL_CA_LOCATION": "/ca",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"KAFKA_{name}", value)
    client = KafkaSettings().client()
    found = {client[f"{name.lower().replace('_', '.')}"] for name in values}
    assert found == set(values.values())


def test_a_service_knows_its_name_port_and_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_NAME", "ticket-api")
    monkeypatch.setenv("SERVICE_INSTANCE", "2")
    monkeypatch.setenv("SERVICE_PORT", "8941")
    settings = ServiceSettings()
    assert (settings.name, settings.instance, settings.port) == ("ticket-api", 2, 8941)


def test_another_services_address_comes_from_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_TICKET_API_PORT", "8901")
    assert service_url("cinema", "ticket-api") == "http://127.0.0.1:8901"
    with pytest.raises(KeyError, match="CINEMA_SEAT_API_PORT is not set: run inside a stack"):
        service_url("cinema", "seat-api")
