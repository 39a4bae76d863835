from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from infra.connect.component import COMPONENT, render
from infra.connect.connectors import apply, fill, load_connectors, secrets_folder, write_secrets
from infra.connect.rest import ConnectorStatus
from infra.connect.security import java_security
from infra.local.component import Context
from infra.local.discovery import load_components
from infra.local.errors import StackError
from infra.local.settings import ROOT
from tests.unit.infra.checkout import settings

PATH = Path("orders.json")
CASES = sorted(path.parents[1] for path in ROOT.glob("services/*/connect/*.json"))
TRACE = """org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
\tat org.apache.kafka.connect.runtime.Worker.run(Worker.java:1)
Caused by: org.apache.kafka.connect.errors.DataException: Cannot write
\t... 9 more
Caused by: io.apicurio.registry.rest.client.exception.RuleViolationException: Incompatible artifact: reader: field amount
\t... 12 more
"""


def context(folder: Path, environ: dict[str, str] | None = None) -> Context:
    return Context(settings(folder, environ), {"CONNECT_PORT": 8083, "KAFKA_PORT": 9092}, Path("/jdk"))


def test_variables_and_parts_of_addresses_are_filled() -> None:
    env = {"SHOP_URL": "postgresql://cl%40rk:p%2Fw@db.example:5433/till", "NAME": "x"}
    assert fill("${NAME} ${SHOP_URL.host}:${SHOP_URL.port}/${SHOP_URL.database}", env, PATH) == "x db.example:5433/till"
    assert fill("${SHOP_URL.user} ${SHOP_URL.password}", env, PATH) == "cl@rk p/w"
    assert fill("${URL.origin}/v2", {"URL": "http://h:1/apis/v7"}, PATH) == "http://h:1/v2"


def test_what_the_worker_is_to_fill_in_is_left_alone() -> None:
    assert fill("${file:${DIR}/shop.properties:key}", {"DIR": "/s"}, PATH) == "${file:/s/shop.properties:key}"


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(StackError, match=r"orders\.json names \$\{SHOP_URL\.host\}, and SHOP_URL is not set"):
        fill("${SHOP_URL.host}", {}, PATH)


def test_secrets_are_for_the_owner_only_and_survive_backslashes(tmp_path: Path) -> None:
    case = tmp_path / "services" / "shop"
    (case / "connect").mkdir(parents=True)
    (case / "connect" / "secrets.properties").write_text("password=${SHOP_URL.password}\n")
    env = {"STACK_DIR": str(tmp_path / "stack"), "SHOP_URL": "postgresql://clerk:a%5Cb@db/till"}
    write_secrets(case, env)
    written = secrets_folder(tmp_path / "stack") / "shop.properties"
    assert written.read_text() == "password=a\\\\b\n"
    assert written.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_connector_tells_connect_a_password(case: Path) -> None:
    variables = set(re.findall(r"\$\{([A-Z_]+)", "".join(path.read_text() for path in case.glob("connect/*"))))
    env = dict.fromkeys(variables, "postgresql://user:S3CRET@db.example:1/x") | {"STACK_DIR": "/stack"}
    for connector in load_connectors(case, env):
        assert "S3CRET" not in json.dumps(connector.config)
        passwords = [value for name, value in connector.config.items() if name.endswith("password")]
        assert bool(passwords) == any(name.endswith("user") for name in connector.config)
        assert all(value.startswith("${file:/stack/") for value in passwords)


def test_connect_brings_neither_a_registry_nor_a_database_along() -> None:
    assert [component.name for component in load_components(["connect"])] == ["kafka", "connect"]


def test_a_connector_that_binds_schemas_needs_the_registry_in_stack_yaml(tmp_path: Path) -> None:
    case = tmp_path / "services" / "shop"
    (case / "connect").mkdir(parents=True)
    (case / "connect" / "orders.json").write_text('{"config": {}, "full_compatibility": ["shop.orders-value"]}')
    with pytest.raises(StackError, match=r"The connector shop-orders binds schemas in the registry: name 'registry' in stack\.yaml"):
        apply({"CONNECT_URL": "http://127.0.0.1:1", "STACK_DIR": str(tmp_path)}, case, print)


def test_a_failure_is_told_by_its_first_line_and_its_deepest_cause() -> None:
    status = ConnectorStatus("orders", "RUNNING", ("FAILED",), TRACE)
    assert status.reason == (
        "ConnectException: Tolerance exceeded in error handler Cause: RuleViolationException: Incompatible artifact: reader: field amount"
    )


def test_a_connector_without_a_task_does_not_run() -> None:
    assert not ConnectorStatus("orders", "RUNNING", ()).running
    assert ConnectorStatus("orders", "RUNNING", ("RUNNING",)).running


def test_a_failed_task_is_a_failed_connector() -> None:
    assert ConnectorStatus("orders", "RUNNING", ("RUNNING", "FAILED")).failed
    assert not ConnectorStatus("orders", "RUNNING", ("UNASSIGNED",)).failed


def test_the_worker_waits_for_nobody_and_replicates_what_it_knows(tmp_path: Path) -> None:
    lines = dict(line.split("=", 1) for line in render(context(tmp_path)).splitlines() if line and not line.startswith("#"))
    assert lines["bootstrap.servers"] == "127.0.0.1:9092,127.0.0.1:9094,127.0.0.1:9096"
    assert lines["listeners"] == "http://127.0.0.1:8083"
    assert lines["scheduled.rebalance.max.delay.ms"] == "0"
    assert {lines[f"{topic}.storage.replication.factor"] for topic in ("config", "offset", "status")} == {"-1"}


def test_a_cluster_elsewhere_is_reached_with_its_credentials(tmp_path: Path) -> None:
    environ = {
        "KAFKA_BOOTSTRAP_SERVERS": "broker.example:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": "clerk",
        "KAFKA_SASL_PASSWORD": 'a"b\\c',
        "KAFKA_SSL_CA_LOCATION": "/ca.pem",
    }
    text = render(context(tmp_path, environ))
    login = 'ScramLoginModule required username="clerk" password="a\\\\"b\\\\\\\\c";'
    for client in ("", "producer.", "consumer.", "admin."):
        assert f"\n{client}security.protocol=SASL_SSL\n" in text
        assert f"{client}sasl.jaas.config=org.apache.kafka.common.security.scram.{login}\n" in text
        assert f"{client}ssl.truststore.location=/ca.pem\n" in text


def test_a_cluster_without_credentials_wants_no_lines() -> None:
    assert java_security({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"}) == ""


def test_each_plugin_has_a_folder_and_the_service_loader_is_told_of_the_converter(tmp_path: Path) -> None:
    here = context(tmp_path)
    debezium, avro, _ = COMPONENT.artifacts
    for artifact in (debezium, avro):
        jar = here.fetched(artifact) / "inner" / f"{artifact.name}.jar"
        jar.parent.mkdir(parents=True)
        jar.touch()
    for _ in range(2):
        COMPONENT.configure(here)
    plugins = here.config_dir("connect") / "plugins"
    assert sorted(path.name for path in (plugins / "debezium").iterdir()) == ["debezium.jar"]
    assert sorted(path.name for path in (plugins / "avro").iterdir()) == ["avro.jar", "service.jar"]
    with zipfile.ZipFile(plugins / "avro" / "service.jar") as service:
        assert service.read("META-INF/services/org.apache.kafka.connect.storage.Converter") == (
            b"io.apicurio.registry.utils.converter.AvroConverter\n"
        )
