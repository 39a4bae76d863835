"""What the launcher asks a NameNode, and has it make: over its HTTP interface, in which it also tells how it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import httpx

from infra.local.errors import StackError
from infra.local.health import PROBE_SECONDS, WORK_SECONDS

_STATE = "Hadoop:service=NameNode,name=FSNamesystemState"


class NameNode:
    """At HDFS_HTTP_URL, as the user HADOOP_USER_NAME where that is set."""

    def __init__(self, env: Mapping[str, str]) -> None:
        user = env.get("HADOOP_USER_NAME")
        self._http = httpx.Client(
            base_url=env["HDFS_HTTP_URL"].rstrip("/"), params={"user.name": user} if user else None, timeout=WORK_SECONDS, trust_env=False
        )

    def __enter__(self) -> NameNode:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def unready(self, datanodes: int) -> str | None:
        """None where it takes writes (it is out of safe mode) and has so many live DataNodes, otherwise why not."""
        try:
            response = self._http.get("/jmx", params={"qry": _STATE}, timeout=PROBE_SECONDS)
            (state,) = response.raise_for_status().json()["beans"]
            operational, live = state["FSState"] == "Operational", int(state["NumLiveDataNodes"])
        except httpx.HTTPError as error:
            return f"HDFS does not answer: {error}"
        except (KeyError, TypeError, ValueError):
            return "HDFS does not tell its state yet"
        if not operational:
            return "HDFS is in safe mode: it does not know yet where all blocks are"
        return None if live >= datanodes else f"{live} of {datanodes} DataNodes are there"

    def make_folder(self, path: str) -> bool:
        """Have the folder; returns whether it was made. StackError where it is a file or HDFS refuses."""
        try:
            known = self._http.get(f"/webhdfs/v1{path}", params={"op": "GETFILESTATUS"})
            if known.is_success:
                if known.json()["FileStatus"]["type"] != "DIRECTORY":
                    raise StackError(f"HDFS has a file {path} where the folder is to be.")
                return False
            made = known if known.status_code != 404 else self._http.put(f"/webhdfs/v1{path}", params={"op": "MKDIRS"})
        except httpx.HTTPError as error:
            raise StackError(f"The folder {path} could not be made in HDFS: {error}.") from error
        if not made.is_success:
            raise StackError(f"HDFS refuses the folder {path}: {_reason(made)}.")
        return True


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["RemoteException"]["message"])
    except (KeyError, TypeError, ValueError):
        return f"it answers {response.status_code}"
