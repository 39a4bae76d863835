from __future__ import annotations

from pathlib import Path

from infra.local.settings import ENV_FILE, load_settings


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KAFKA_PORT=1111\nREDIS_PORT=2222\n")
    settings = load_settings(root=tmp_path, environ={"KAFKA_PORT": "3333"})
    assert settings.get("KAFKA_PORT") == "3333"
    assert settings.get("REDIS_PORT") == "2222"
    assert settings.get("ELASTICSEARCH_PORT", "9200") == "9200"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_URL=redis://elsewhere\n")
    assert load_settings(root=tmp_path, environ={"REDIS_URL": ""}).get("REDIS_URL") == ""


def test_a_password_in_the_env_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KAFKA_SASL_PASSWORD='pa$$ ${HOME} %(x)s'\n")
    assert load_settings(root=tmp_path, environ={}).get("KAFKA_SASL_PASSWORD") == "pa$$ ${HOME} %(x)s"


def test_the_addresses_of_a_loaded_stack_do_not_look_like_the_users_own(tmp_path: Path) -> None:
    env_file = tmp_path / "stack.env"
    env_file.write_text("REDIS_URL=redis://127.0.0.1:6379/0\nKAFKA_PORT=9092\n")
    loaded = {ENV_FILE: str(env_file), "REDIS_URL": "redis://127.0.0.1:6379/0", "KAFKA_PORT": "7777"}
    settings = load_settings(root=tmp_path, environ=loaded)
    assert settings.get("REDIS_URL") == ""
    assert settings.get("KAFKA_PORT") == "7777", "what was changed after loading is the user's"


def test_two_checkouts_have_two_stacks_and_one_cache(tmp_path: Path) -> None:
    one, two = (load_settings(root=tmp_path / name / "app", environ={}).paths for name in ("a", "b"))
    assert one.stack != two.stack
    assert one.stack.name.startswith("app-")
    assert one.cache == two.cache


def test_the_folders_can_be_set(tmp_path: Path) -> None:
    paths = load_settings(root=tmp_path, environ={"CACHE_DIR": str(tmp_path / "c"), "STACK_DIR": str(tmp_path / "s")}).paths
    assert (paths.cache, paths.stack) == (tmp_path / "c", tmp_path / "s")
    assert load_settings(str(tmp_path / "o"), root=tmp_path, environ={"STACK_DIR": "/elsewhere"}).paths.stack == tmp_path / "o"


def test_free_ports_are_remembered_by_the_stack(tmp_path: Path) -> None:
    stack = tmp_path / "stack"
    stack.mkdir()
    (stack / "stack.env").write_text("STACK_FREE_PORTS=1\nREDIS_PORT=23456\n")
    settings = load_settings(str(stack), root=tmp_path, environ={})
    assert settings.free_ports
    assert settings.remembered["REDIS_PORT"] == "23456"
