"""S3 and HDFS: what is written for them, what services are told, and what a server elsewhere answers."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from infra.hdfs.component import COMPONENT as HDFS
from infra.hdfs.component import render as render_hdfs
from infra.hdfs.namenode import NameNode
from infra.local.component import Context
from infra.local.errors import StackError
from infra.local.plan import make_plan, write_env
from infra.local.ports import resolve_ports
from infra.s3.buckets import create_bucket
from infra.s3.component import COMPONENT as S3
from infra.s3.component import render as render_s3
from tests.unit.infra.checkout import settings

S3_ELSEWHERE = {"S3_ENDPOINT_URL": "https://s3.example", "S3_ACCESS_KEY_ID": "id", "S3_SECRET_ACCESS_KEY": "secret"}
HDFS_ELSEWHERE = {"HDFS_URL": "hdfs://name.example:8020", "HDFS_HTTP_URL": "http://name.example:9870"}


def context(folder: Path, environ: dict[str, str] | None = None) -> Context:
    found = settings(folder, environ)
    return Context(found, resolve_ports(found, (*S3.ports(found), *HDFS.ports(found))), Path("/jdk"))


def xml_properties(text: str) -> dict[str, str]:
    return {entry.findtext("name", ""): entry.findtext("value", "") for entry in ElementTree.fromstring(text).iter("property")}


def test_the_secret_is_made_once_for_each_stack_and_for_the_owner_only(tmp_path: Path) -> None:
    first, second = context(tmp_path / "one"), context(tmp_path / "two")
    planned = S3.environment(first)["S3_SECRET_ACCESS_KEY"]
    S3.configure(first)
    assert S3.environment(first)["S3_SECRET_ACCESS_KEY"] == planned, "what was planned with is what is kept"
    S3.configure(first)
    assert S3.environment(first)["S3_SECRET_ACCESS_KEY"] == planned
    assert S3.environment(second)["S3_SECRET_ACCESS_KEY"] != planned
    holders = [path for path in first.config_dir("s3").iterdir() if planned in path.read_text()]
    assert sorted(path.name for path in holders) == ["s3proxy.properties", "secret"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holders)


def test_planning_writes_nothing(tmp_path: Path) -> None:
    make_plan(settings(tmp_path, {"JAVA_HOME": str(jdk(tmp_path))}, lake="infra: [s3, hdfs]"), {"lake": None})
    assert not (tmp_path / "stack").exists()


def test_no_command_shows_the_secret(tmp_path: Path) -> None:
    here = context(tmp_path)
    (program,) = S3.programs(here)
    secret = S3.environment(here)["S3_SECRET_ACCESS_KEY"]
    assert secret not in " ".join((*program.command, *program.environment.values()))
    assert f"s3proxy.credential={secret}\n" in render_s3(here)


def test_a_moved_port_moves_the_address(tmp_path: Path) -> None:
    here = context(tmp_path, {"S3_PORT": "7000", "HDFS_PORT": "7001", "HDFS_HTTP_PORT": "7002"})
    assert "s3proxy.endpoint=http://127.0.0.1:7000\n" in render_s3(here)
    assert S3.environment(here)["S3_ENDPOINT_URL"] == "http://127.0.0.1:7000"
    assert HDFS.environment(here) == {"HDFS_URL": "hdfs://127.0.0.1:7001", "HDFS_HTTP_URL": "http://127.0.0.1:7002"}
    site = xml_properties(render_hdfs(here, "hdfs-site.xml"))
    assert (site["dfs.namenode.rpc-address"], site["dfs.namenode.http-address"]) == ("127.0.0.1:7001", "127.0.0.1:7002")
    assert xml_properties(render_hdfs(here, "core-site.xml"))["fs.defaultFS"] == "hdfs://127.0.0.1:7001"


def test_every_block_is_kept_twice_by_datanodes_that_share_no_port_and_no_folder(tmp_path: Path) -> None:
    here = context(tmp_path)
    namenode, *datanodes = HDFS.programs(here)
    assert len(datanodes) == int(xml_properties(render_hdfs(here, "hdfs-site.xml"))["dfs.replication"]) == 2
    own = [argument for datanode in datanodes for argument in datanode.command if argument.startswith("-Ddfs.datanode.")]
    assert len(own) == len(set(own)) == 8
    numbers = [port.number for program in (namenode, *datanodes) for port in program.ports]
    assert len(numbers) == len(set(numbers)) == 8
    assert all(datanode.tier > namenode.tier for datanode in datanodes)


@pytest.mark.parametrize("missing", ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"])
def test_an_s3_elsewhere_without_keys_names_the_missing_one(tmp_path: Path, missing: str) -> None:
    assert not S3.external(settings(tmp_path))
    assert S3.external(settings(tmp_path, S3_ELSEWHERE))
    with pytest.raises(StackError, match=f"S3_ENDPOINT_URL is set and {missing} is not"):
        S3.external(settings(tmp_path, {name: value for name, value in S3_ELSEWHERE.items() if name != missing}))


def test_an_hdfs_elsewhere_without_its_http_address_names_it(tmp_path: Path) -> None:
    assert not HDFS.external(settings(tmp_path))
    assert HDFS.external(settings(tmp_path, HDFS_ELSEWHERE))
    with pytest.raises(StackError, match="HDFS_URL is set and HDFS_HTTP_URL is not"):
        HDFS.external(settings(tmp_path, {"HDFS_URL": "hdfs://name.example:8020"}))


def test_stores_elsewhere_are_told_to_services_as_they_were_given(tmp_path: Path) -> None:
    given = {**S3_ELSEWHERE, "S3_REGION": "eu-central-1", **HDFS_ELSEWHERE, "HADOOP_USER_NAME": "lake"}
    plan = make_plan(settings(tmp_path, given, lake="infra: [s3, hdfs]"), {"lake": None})
    assert given.items() <= plan.env.items()
    assert plan.programs == []


def test_the_file_that_tells_the_secret_to_services_is_for_the_owner_only(tmp_path: Path) -> None:
    found = settings(tmp_path, {"JAVA_HOME": str(jdk(tmp_path))}, lake="infra: [s3]")
    found.paths.stack.mkdir()
    path = write_env(make_plan(found, {"lake": None}))
    assert "S3_SECRET_ACCESS_KEY=" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def jdk(folder: Path) -> Path:
    """Enough of one to be found."""
    java = folder / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.touch(mode=0o755)
    (folder / "jdk" / "release").write_text('JAVA_VERSION="25"')
    return folder / "jdk"


STATE = {"FSState": "Operational", "NumLiveDataNodes": 2}


class Answers(BaseHTTPRequestHandler):
    """A NameNode, or an S3 server, that says what a test lets it say."""

    state: object = STATE
    files: tuple[str, ...] = ()
    code = 200

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/jmx":
            self._say(200, {"beans": [type(self).state]})
        elif path.removeprefix("/webhdfs/v1") in type(self).files:
            self._say(200, {"FileStatus": {"type": "FILE"}})
        else:
            self._say(404, {"RemoteException": {"message": "no such file"}})

    def do_PUT(self) -> None:
        user = parse_qs(urlsplit(self.path).query).get("user.name")
        allowed = user == ["lake"]
        self._say(200 if allowed else 403, {"boolean": True} if allowed else {"RemoteException": {"message": f"{user} may not write"}})

    def do_HEAD(self) -> None:
        self.send_response(type(self).code)
        self.end_headers()

    def _say(self, code: int, body: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (STATE, None),
        (STATE | {"FSState": "safeMode"}, "safe mode"),
        (STATE | {"NumLiveDataNodes": 1}, "1 of 2 DataNodes are there"),
        ({}, "does not tell its state yet"),
        (None, "does not tell its state yet"),
    ],
)
def test_hdfs_is_ready_out_of_safe_mode_with_its_datanodes(
    server: str, monkeypatch: pytest.MonkeyPatch, state: object, reason: str | None
) -> None:
    monkeypatch.setattr(Answers, "state", state)
    with NameNode({"HDFS_HTTP_URL": server}) as namenode:
        found = namenode.unready(2)
    assert found is None if reason is None else reason in str(found)


def test_of_an_hdfs_elsewhere_one_datanode_is_asked_for(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "state", STATE | {"NumLiveDataNodes": 1})
    assert HDFS.probe({"HDFS_HTTP_URL": server}) is None
    assert HDFS.probe({"HDFS_HTTP_URL": server, "HDFS_DATANODE_PORT": "9866"}) is not None


def test_a_folder_is_made_as_the_user_that_is_set(server: str) -> None:
    with NameNode({"HDFS_HTTP_URL": server, "HADOOP_USER_NAME": "lake"}) as namenode:
        assert namenode.make_folder("/shop")
    with NameNode({"HDFS_HTTP_URL": server}) as namenode, pytest.raises(StackError, match="refuses the folder /shop: None may not write"):
        namenode.make_folder("/shop")


def test_a_file_in_place_of_the_folder_is_told(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "files", ("/shop",))
    with NameNode({"HDFS_HTTP_URL": server}) as namenode, pytest.raises(StackError, match="has a file /shop"):
        namenode.make_folder("/shop")


def test_a_bucket_of_somebody_else_is_told_and_not_used(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "code", 403)
    with pytest.raises(StackError, match=r"S3 refuses the bucket shop: .*403"):
        create_bucket({**S3_ELSEWHERE, "S3_ENDPOINT_URL": server}, "shop")


def test_what_does_not_answer_is_told_in_a_sentence() -> None:
    assert "S3 does not answer" in str(S3.probe({**S3_ELSEWHERE, "S3_ENDPOINT_URL": "http://127.0.0.1:1"}))
    assert "S3 does not answer: Invalid endpoint: nowhere" in str(S3.probe({**S3_ELSEWHERE, "S3_ENDPOINT_URL": "nowhere"}))
    assert "HDFS does not answer" in str(HDFS.probe({"HDFS_HTTP_URL": "http://127.0.0.1:1"}))
