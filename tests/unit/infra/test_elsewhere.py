"""Servers that run elsewhere are asked with the user's credentials, over TLS where the address says so."""

from __future__ import annotations

import ssl
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.elasticsearch.component import COMPONENT as ELASTICSEARCH
from infra.kafka.client import client_config
from infra.registry.component import COMPONENT as REGISTRY

ACCEPTED = {"ApiKey secret", "Basic " + b64encode(b"app:pass word").decode()}


class Handler(BaseHTTPRequestHandler):
    """A server that lets in who is known."""

    def do_GET(self) -> None:
        known = self.headers["Authorization"] in ACCEPTED
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b'{"status": "green"}')

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test")
    options = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem")
    subprocess.run((*made, *options), check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return folder / "both.pem"


@pytest.fixture
def server(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_a_hosted_elasticsearch_is_reached_with_its_key_and_its_authority(server: str, certificate: Path) -> None:
    env = {"ELASTICSEARCH_URL": server, "ELASTICSEARCH_CA_CERTS": str(certificate)}
    assert ELASTICSEARCH.probe({**env, "ELASTICSEARCH_API_KEY": "secret"}) is None
    assert ELASTICSEARCH.probe({**env, "ELASTICSEARCH_API_KEY": "wrong"}) == "Elasticsearch answers 401 to GET /_cluster/health"


def test_an_unknown_authority_is_told_and_not_trusted(server: str) -> None:
    reason = ELASTICSEARCH.probe({"ELASTICSEARCH_URL": server, "ELASTICSEARCH_API_KEY": "secret"})
    assert "certificate verify failed" in (reason or "")


def test_an_authority_that_is_not_there_is_told(server: str) -> None:
    reason = ELASTICSEARCH.probe({"ELASTICSEARCH_URL": server, "ELASTICSEARCH_CA_CERTS": "/nowhere.pem"})
    assert "/nowhere.pem" in (reason or "")


def test_a_registry_is_reached_with_name_and_password(server: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    env = {"SCHEMA_REGISTRY_URL": f"{server}/apis/ccompat/v7", "SCHEMA_REGISTRY_USERNAME": "app"}
    assert REGISTRY.probe({**env, "SCHEMA_REGISTRY_PASSWORD": "pass word"}) is None
    assert "401" in (REGISTRY.probe({**env, "SCHEMA_REGISTRY_PASSWORD": "wrong"}) or "")


def test_kafka_gets_every_credential_that_is_set_and_no_other() -> None:
    env = {
        "KAFKA_BOOTSTRAP_SERVERS": "broker:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": "app",
        "KAFKA_SASL_PASSWORD": "secret",
        "KAFKA_SSL_CA_LOCATION": "",
    }
    assert client_config(env) == {
        "bootstrap.servers": "broker:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "app",
        "sasl.password": "secret",
    }
