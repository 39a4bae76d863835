from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from infra.kafka.component import broker_count, new_cluster_id, render
from infra.local.checksums import read_checksums
from infra.local.component import Context
from infra.local.discovery import component_names, load_components
from infra.local.errors import StackError
from infra.local.ports import resolve_ports
from tests.unit.infra.checkout import settings

ALL = load_components(component_names())


def context(folder: Path, environ: dict[str, str] | None = None) -> Context:
    found = settings(folder, environ)
    return Context(found, resolve_ports(found, [spec for component in ALL for spec in component.ports(found)]), Path("/jdk"))


def properties(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_three_brokers_hold_what_is_acknowledged_twice(tmp_path: Path) -> None:
    node = properties(render(context(tmp_path), 2))
    assert node["listeners"] == "PLAINTEXT://127.0.0.1:9094,CONTROLLER://127.0.0.1:9095"
    assert node["controller.quorum.voters"] == "1@127.0.0.1:9093,2@127.0.0.1:9095,3@127.0.0.1:9097"
    assert node["default.replication.factor"] == node["offsets.topic.replication.factor"] == "3"
    assert node["min.insync.replicas"] == node["transaction.state.log.min.isr"] == "2"
    assert node["auto.create.topics.enable"] == "false"


def test_one_broker_holds_everything_once(tmp_path: Path) -> None:
    node = properties(render(context(tmp_path, {"KAFKA_BROKERS": "1", "KAFKA_PORT": "7000"}), 1))
    assert node["controller.quorum.voters"] == "1@127.0.0.1:7001"
    assert {node[name] for name in node if name.endswith((".replication.factor", "min.isr", "min.insync.replicas"))} == {"1"}


@pytest.mark.parametrize("text", ["2", "0", "three"])
def test_another_number_of_brokers_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StackError, match="set it to 3, or to 1"):
        broker_count(settings(tmp_path, {"KAFKA_BROKERS": text}))


def test_kept_data_of_another_number_of_brokers_is_not_touched(tmp_path: Path) -> None:
    (kafka,) = (component for component in ALL if component.name == "kafka")
    for node in "123":
        (tmp_path / "stack" / "data" / "kafka" / node).mkdir(parents=True)
    with pytest.raises(StackError, match=r"set KAFKA_BROKERS=3 in \.env to keep the data, or run 'make clean'"):
        kafka.configure(context(tmp_path, {"KAFKA_BROKERS": "1"}))


def test_no_cluster_id_begins_with_a_hyphen_which_kafkas_tools_take_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [UUID(int=62 << 122), UUID(int=61 << 122)]  # 62 is the hyphen
    monkeypatch.setattr("infra.kafka.component.uuid.uuid4", lambda: drawn.pop(0))
    assert new_cluster_id() == "9" + 21 * "A"


def test_valkey_has_what_it_answered_in_its_file_so_that_its_own_death_loses_nothing(tmp_path: Path) -> None:
    (valkey,) = (component for component in ALL if component.name == "valkey")
    here = context(tmp_path)
    valkey.configure(here)
    lines = (here.config_dir("valkey") / "valkey.conf").read_text().splitlines()
    assert "appendonly yes" in lines
    # With everysec, while a sync takes long, what was answered stays in memory for up to two seconds.
    assert "appendfsync everysec" not in lines


@pytest.mark.parametrize("component", ALL, ids=lambda component: component.name)
def test_every_component_says_how_it_is_reached_and_what_it_is_made_of(component, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    here = context(tmp_path)
    assert component.address in component.environment(here)
    assert component.client_variables()[0] == component.address
    programs = component.programs(here)
    assert programs
    assert all(port.variable in here.ports for program in programs for port in program.ports)
    assert not component.external(here.settings)
    for artifact in component.artifacts:
        assert artifact.version in artifact.pom.read_text()
        assert all(len(digest) == 64 for digest in read_checksums(artifact.checksums).values())


def test_what_listens_does_so_on_this_machine_only(tmp_path: Path) -> None:
    here = context(tmp_path)
    texts = [program.fingerprint + " ".join(program.command) for component in ALL for program in component.programs(here)]
    assert all("127.0.0.1" in text and "0.0.0.0" not in text for text in texts)
