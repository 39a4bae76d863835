from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from infra.local.errors import StackError
from infra.local.plan import make_plan, quote, write_env
from tests.unit.infra.checkout import BANK, SHOP, settings


def test_every_instance_of_a_service_has_its_number_and_its_port(tmp_path: Path) -> None:
    plan = make_plan(settings(tmp_path), {"shop": None})
    found = {program.name: program.environment["SERVICE_PORT"] for _, _, program in plan.services}
    assert found == {
        "shop-order-api": "8901",
        "shop-worker-0": "8910",
        "shop-worker-1": "8930",
        "shop-web-page": "8900",
    }
    assert [program.environment["SERVICE_INSTANCE"] for _, _, program in plan.services] == ["0", "0", "1", "0"]


def test_a_service_knows_the_ports_of_its_whole_case(tmp_path: Path) -> None:
    plan = make_plan(settings(tmp_path, {"SHOP_WORKER_PORT": "7000"}), {"shop": ["order-api"]})
    ((_, _, program),) = plan.services
    assert program.environment["SHOP_WORKER_PORT"] == "7000"
    assert program.environment["REDIS_URL"] == "redis://127.0.0.1:6379/0"


def test_the_user_sets_how_many_instances_a_service_has_and_the_stack_remembers(tmp_path: Path) -> None:
    plan = make_plan(settings(tmp_path, {"SHOP_ORDER_API_INSTANCES": "2", "SHOP_WORKER_INSTANCES": "1"}), {"shop": None})
    names = ["shop-order-api-0", "shop-order-api-1", "shop-worker", "shop-web-page"]
    assert [program.name for _, _, program in plan.services] == names
    plan.settings.paths.stack.mkdir()
    write_env(plan)
    assert [program.name for _, _, program in make_plan(settings(tmp_path), {"shop": None}).services] == names


@pytest.mark.parametrize("text", ["0", "many", "-1", "1000"])
def test_a_number_of_instances_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(StackError, match=r"SHOP_WORKER_INSTANCES=.* set it to a number from 1 to 12"):
        make_plan(settings(tmp_path, {"SHOP_WORKER_INSTANCES": text}), {"shop": None})


def test_a_second_case_changes_nothing_for_the_services_of_the_first(tmp_path: Path) -> None:
    alone = make_plan(settings(tmp_path), {"shop": None})
    joined = make_plan(settings(tmp_path), {"shop": None, "bank": None})
    kept = {program.name: program for program in joined.programs}
    assert all(kept[program.name] == program for program in alone.programs)
    assert "bank-ledger-api" in kept


def test_a_case_that_brings_a_server_changes_nothing_for_the_services_of_another(tmp_path: Path) -> None:
    checkout = settings(tmp_path, shop=SHOP, bank=BANK.replace("[valkey]", "[kafka, hdfs]"))
    alone, joined = make_plan(checkout, {"shop": None}), make_plan(checkout, {"shop": None, "bank": None})
    kept = {program.name: program for program in joined.programs}
    assert "HDFS_URL" in kept["bank-ledger-api"].environment
    assert [program.name for program in alone.programs if kept[program.name] != program] == []


def test_a_service_that_the_case_has_not_is_answered_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"shop has no service 'cart' \(there are: order-api, worker, web-page\)"):
        make_plan(settings(tmp_path), {"shop": ["cart"]})


def test_an_unknown_component_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"no component 'mongodb' in infra/ \(there are: connect, elasticsearch, hdfs, kafka"):
        make_plan(settings(tmp_path, shop=SHOP.replace("valkey", "mongodb")), {"shop": None})


def test_a_component_whose_address_is_set_is_not_started(tmp_path: Path) -> None:
    address = "rediss://:secret@cache.example.org:6380/0"
    plan = make_plan(settings(tmp_path, {"REDIS_URL": address}), {"shop": []})
    assert plan.programs == []
    assert plan.env["REDIS_URL"] == address
    assert "REDIS_PORT" not in plan.env


def test_the_credentials_of_a_component_elsewhere_reach_the_services(tmp_path: Path) -> None:
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": "broker.example.org:9093",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": "app",
        "KAFKA_SASL_PASSWORD": 'it\'s %d "quoted" $HOME',
        "ELASTICSEARCH_URL": "https://es.example.org",
        "ELASTICSEARCH_API_KEY": "key==",
        "SCHEMA_REGISTRY_URL": "https://registry.example.org",
        "SCHEMA_REGISTRY_USERNAME": "app",
    }
    shop = SHOP.replace("[valkey]", "[kafka, registry, elasticsearch, valkey]")
    plan = make_plan(settings(tmp_path, {**given, "PATH": "", "REDIS_URL": "redis://r"}, shop=shop), {"shop": None})
    assert given.items() <= plan.env.items()
    assert all(given.items() <= program.environment.items() for program in plan.programs)
    assert plan.context.java_home is None, "no Java is looked for where nothing needs it"


def test_the_users_own_variables_of_a_case_reach_its_services(tmp_path: Path) -> None:
    plan = make_plan(settings(tmp_path, {"SHOP_RATE": "5", "LOG_LEVEL": "debug", "UNRELATED": "x"}), {"shop": None, "bank": None})
    by_name = {program.name: program.environment for _, _, program in plan.services}
    assert by_name["shop-order-api"]["SHOP_RATE"] == "5"
    assert by_name["shop-order-api"]["LOG_LEVEL"] == "debug"
    assert "SHOP_RATE" not in by_name["bank-ledger-api"]
    assert "UNRELATED" not in plan.env


def test_a_services_own_variables_reach_it_and_no_other_service(tmp_path: Path) -> None:
    shop = SHOP.replace("port: 8910, instances: 2}", "port: 8910, environment: {SHOP_AISLE: 2}}")
    plan = make_plan(settings(tmp_path, {"SHOP_AISLE": "1"}, shop=shop), {"shop": None})
    aisles = {program.name: program.environment["SHOP_AISLE"] for _, _, program in plan.services}
    assert aisles == {"shop-order-api": "1", "shop-worker": "2", "shop-web-page": "1"}


def test_stack_env_reads_back_as_it_was_and_is_private(tmp_path: Path) -> None:
    awkward = "redis://:p'a\"s s$x%20\\n#@host/0"
    plan = make_plan(settings(tmp_path, {"REDIS_URL": awkward}), {"shop": None})
    plan.settings.paths.stack.mkdir()
    path = write_env(plan)
    assert dotenv_values(path, interpolate=False) == dict(plan.env)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["plain", "two words", "a'b", "", "a\\b", "x=y"])
def test_a_quoted_value_reads_back(tmp_path: Path, value: str) -> None:
    (tmp_path / "e").write_text(f"NAME={quote(value)}\n")
    assert dotenv_values(tmp_path / "e", interpolate=False)["NAME"] == value
