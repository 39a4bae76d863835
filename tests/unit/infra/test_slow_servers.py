"""A server that has just started on a busy machine: a probe does not wait for it, what the launcher has it do does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from infra.connect.component import COMPONENT as CONNECT
from infra.connect.rest import Connect
from infra.elasticsearch import indices
from infra.elasticsearch.component import COMPONENT as ELASTICSEARCH
from infra.hdfs import namenode
from infra.hdfs.component import COMPONENT as HDFS
from infra.local.component import Component
from infra.registry import schemas
from infra.registry.component import COMPONENT as REGISTRY
from infra.s3 import buckets
from infra.s3.component import COMPONENT as S3
from shared.contracts import Contracts, IndexSpec, SchemaSpec

Env = Mapping[str, str]


class Slow(BaseHTTPRequestHandler):
    """Has everything that is asked for, and says so once it is allowed to."""

    allowed = threading.Event()

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        type(self).allowed.wait(10)
        self.send_response(200)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b'{"FileStatus": {"type": "DIRECTORY"}}')

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Iterator[Env]:
    allowed = threading.Event()
    monkeypatch.setattr(Slow, "allowed", allowed)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever gave up is not there to hear
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    addresses = ("SCHEMA_REGISTRY_URL", "ELASTICSEARCH_URL", "HDFS_HTTP_URL", "S3_ENDPOINT_URL", "CONNECT_URL")
    yield dict.fromkeys(addresses, url) | {"S3_ACCESS_KEY_ID": "id", "S3_SECRET_ACCESS_KEY": "secret"}
    allowed.set()
    server.shutdown()
    server.server_close()


def register(env: Env) -> object:
    return schemas.register_schemas(env, [SchemaSpec("order.v1.avsc", "shop.orders-value", 1, {"type": "string"})], print)


def create_index(env: Env) -> object:
    return indices.create_indices(env, Contracts("shop", (), (), (IndexSpec("orders", "orders-v1", {}),)), print)


def make_folder(env: Env) -> object:
    with namenode.NameNode(env) as client:
        return client.make_folder("/shop")


def create_bucket(env: Env) -> object:
    return buckets.create_bucket(env, "shop")


def ask_for_a_connector(env: Env) -> object:
    with Connect(env["CONNECT_URL"]) as client:
        return client.config("shop-orders")


SERVERS = [(REGISTRY, register), (ELASTICSEARCH, create_index), (HDFS, make_folder), (S3, create_bucket), (CONNECT, ask_for_a_connector)]


@pytest.mark.parametrize(("component", "work"), SERVERS, ids=lambda part: getattr(part, "name", ""))
def test_a_probe_gives_up_what_is_slow_and_work_waits_for_it(
    env: Env, monkeypatch: pytest.MonkeyPatch, component: Component, work: Callable[[Env], object]
) -> None:
    asking = _asking(component)
    assert asking
    for module in asking:
        monkeypatch.setattr(module, "PROBE_SECONDS", 0.02)
    assert "does not answer" in str(component.probe(env))
    threading.Timer(0.1, Slow.allowed.set).start()
    work(env)
    assert Slow.allowed.is_set()


def _asking(component: Component) -> list[ModuleType]:
    """The modules of the component that know how long a probe may take."""
    mine = f"infra.{component.name}."
    return [module for name, module in sys.modules.items() if name.startswith(mine) and hasattr(module, "PROBE_SECONDS")]
