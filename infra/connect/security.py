"""A stack's Kafka credentials as Java's clients read them."""

from __future__ import annotations

from collections.abc import Mapping

_CLIENTS = ("", "producer.", "consumer.", "admin.")
"""The worker's own, and those that it makes for connectors: neither inherits from the other."""
_LOGIN = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def java_security(env: Mapping[str, str]) -> str:
    """Lines for the worker's properties; empty where the cluster wants nothing."""
    settings: dict[str, str] = {}
    if env.get("KAFKA_SECURITY_PROTOCOL"):
        settings["security.protocol"] = env["KAFKA_SECURITY_PROTOCOL"]
    mechanism = env.get("KAFKA_SASL_MECHANISM", "")
    if mechanism in _LOGIN:
        name, password = (_quoted(env.get(variable, "")) for variable in ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"))
        settings["sasl.mechanism"] = mechanism
        settings["sasl.jaas.config"] = f"{_LOGIN[mechanism]} required username={name} password={password};"
    if env.get("KAFKA_SSL_CA_LOCATION"):
        settings["ssl.truststore.type"] = "PEM"
        settings["ssl.truststore.location"] = env["KAFKA_SSL_CA_LOCATION"]
    return "".join(f"{client}{name}={_property(value)}\n" for client in _CLIENTS for name, value in settings.items())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _property(text: str) -> str:
    return text.replace("\\", "\\\\")
