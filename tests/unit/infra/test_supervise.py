from __future__ import annotations

import os
import subprocess
from configparser import RawConfigParser
from pathlib import Path

from infra.local.component import Program
from infra.local.processes import pid_folder
from infra.local.settings import load_settings
from infra.local.supervisord_conf import render_configuration, render_script, socket_path

PROGRAM = Program("worker", ("printenv",), Path("/"), {"AWKWARD": 'it\'s 100% "quoted" $HOME\nand two lines'})


def test_a_program_gets_its_variables_exactly_and_its_pid_is_recorded(tmp_path: Path) -> None:
    script = tmp_path / "worker.sh"
    paths = load_settings(str(tmp_path), root=tmp_path, environ={}).paths
    pid_folder(paths.stack).mkdir(parents=True)
    script.write_text(render_script(paths, PROGRAM))
    process = subprocess.Popen(["/bin/sh", str(script)], stdout=subprocess.PIPE, text=True)
    output, _ = process.communicate(timeout=10)
    assert f"AWKWARD={PROGRAM.environment['AWKWARD']}\n" in output
    pid, started = (pid_folder(paths.stack) / "worker.pid").read_text().split()
    assert int(pid) == process.pid, "the script becomes the program"
    assert int(started) > 0


def test_a_program_that_may_wait_runs_with_less_priority(tmp_path: Path) -> None:
    paths = load_settings(str(tmp_path), root=tmp_path, environ={}).paths
    pid_folder(paths.stack).mkdir(parents=True)
    script = render_script(paths, Program("worker", ("nice",), Path("/"), nice=5))
    output = subprocess.run(["/bin/sh", "-c", script], stdout=subprocess.PIPE, text=True, timeout=10, check=True).stdout
    assert int(output) == min(19, os.nice(0) + 5)


def config(tmp_path: Path, *programs: Program) -> RawConfigParser:
    paths = load_settings(str(tmp_path / "50 % off"), root=tmp_path, environ={}).paths
    parser = RawConfigParser()
    parser.read_string(render_configuration(paths, programs))
    return parser


def test_programs_restart_stop_in_peace_and_leave_no_child(tmp_path: Path) -> None:
    section = config(tmp_path, PROGRAM)["program:worker"]
    assert section["autorestart"] == "true"
    assert section["autostart"] == "false"
    assert (section["stopasgroup"], section["killasgroup"], section["stopwaitsecs"]) == ("false", "true", "30")
    assert "50 %% off" in section["stdout_logfile"]


def test_what_changes_a_program_changes_its_section_and_no_other(tmp_path: Path) -> None:
    other = Program("other", ("true",), Path("/"))
    before = config(tmp_path, PROGRAM, other)
    for changed in (
        Program("worker", ("printenv", "-0"), Path("/"), PROGRAM.environment),
        Program("worker", PROGRAM.command, Path("/"), {}),
        Program("worker", PROGRAM.command, Path("/"), PROGRAM.environment, fingerprint="the text of its configuration"),
    ):
        after = config(tmp_path, changed, other)
        assert dict(after["program:worker"]) != dict(before["program:worker"])
        assert dict(after["program:other"]) == dict(before["program:other"])


def test_a_stack_in_a_deep_folder_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = load_settings(str(tmp_path / ("x" * 100)), root=tmp_path, environ={}).paths
    assert len(os.fsencode(socket_path(deep))) < 100
    assert socket_path(load_settings("/s", root=tmp_path, environ={}).paths) == Path("/s/run/supervisor.sock")
