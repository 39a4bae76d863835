"""How much does ingestion bear? make load-ingestion [ARGS="--rate 100 | --step 100 --up-to 1500 | --web | --help"]"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from loadtests.ingestion.locustfile import CALLS, Sources
from loadtests.load import LoadTest, main
from shared.settings import service_url


def ready() -> None:
    """Raises LookupError with a sentence."""
    for service in ("ingest-api", "query-api"):
        url = service_url("ingestion", service)
        try:
            with urlopen(f"{url}/health/ready", timeout=10):
                pass
        except (URLError, OSError) as error:
            raise LookupError(f"{service} is not ready at {url} ({error}): see 'make status'.") from error


TEST = LoadTest(
    case="ingestion",
    users=Sources,
    calls=CALLS,
    thresholds=Path(__file__).with_name("thresholds.yaml"),
    default_rate=40,
    prepare=ready,
)

if __name__ == "__main__":
    sys.exit(main(TEST))
