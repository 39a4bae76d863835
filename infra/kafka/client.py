"""librdkafka settings from the environment of a stack, for the launcher's own probes and for creating topics."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

VARIABLES = {
    "KAFKA_BOOTSTRAP_SERVERS": "bootstrap.servers",
    "KAFKA_SECURITY_PROTOCOL": "security.protocol",
    "KAFKA_SASL_MECHANISM": "sasl.mechanism",
    "KAFKA_SASL_USERNAME": "sasl.username",
    "KAFKA_SASL_PASSWORD": "sasl.password",
    "KAFKA_SSL_CA_LOCATION": "ssl.ca.location",
}
_silent = logging.getLogger("infra.kafka.silent")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def client_config(env: Mapping[str, str]) -> dict[str, str]:
    """The librdkafka properties that the variables set; those that are empty are left out."""
    return {name: env[variable] for variable, name in VARIABLES.items() if env.get(variable)}


def admin(env: Mapping[str, str], on_error: Callable[[KafkaError], None] | None = None) -> AdminClient:
    """An AdminClient that says nothing on the console: a broker that is away is the caller's news to tell."""
    config: dict[str, object] = {**client_config(env), "socket.connection.setup.timeout.ms": 3000}
    if on_error:
        config["error_cb"] = on_error
    return AdminClient(config, logger=_silent)


def reachable_brokers(env: Mapping[str, str]) -> tuple[int, str]:
    """How many brokers the cluster's metadata names, and why not more where it cannot be asked within 3 s."""
    if not any(_accepts(address) for address in env["KAFKA_BOOTSTRAP_SERVERS"].split(",")):
        return 0, "no connection"
    errors: list[str] = []
    try:
        client = admin(env, lambda error: errors.append(error.str()))
    except KafkaException as error:
        return 0, str(error.args[0])
    try:
        return len(client.list_topics(timeout=3).brokers), ""
    except KafkaException as error:
        # A refused password is told to the callback only.
        client.poll(0)
        return 0, errors[0] if errors else error.args[0].str()


def _accepts(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    with contextlib.suppress(OSError, ValueError), socket.create_connection((host.strip("[]"), int(port)), timeout=1):
        return True
    return False
