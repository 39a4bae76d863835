from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.stack_file import case_names, load_case


def write(root: Path, text: str, case: str = "shop") -> None:
    folder = root / "services" / case
    folder.mkdir(parents=True)
    (folder / "stack.yaml").write_text(text)


def test_a_case_has_infra_and_services_with_their_ports(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        case: shop
        infra: [kafka, valkey]
        services:
          - {name: order-api, module: services.shop.order_api, port: 8901}
          - {name: worker, module: services.shop.worker, port: 8910, instances: 2, nice: 10, environment: {SHOP_AISLE: 2}}
          - {name: web-page, module: services.shop.web_page, port: 8900, page: true}
        """,
    )
    case = load_case(tmp_path, "shop")
    api, worker, page = case.services
    assert case.infra == ("kafka", "valkey")
    assert api.port_variable == "SHOP_ORDER_API_PORT"
    assert worker.port_offsets == (0, 20)
    assert (api.nice, worker.nice) == (0, 10)
    assert (api.environment, worker.environment) == ({}, {"SHOP_AISLE": "2"})
    assert page.page
    assert case_names(tmp_path) == ["shop"]


def test_an_unknown_case_is_answered_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path, "infra: []")
    with pytest.raises(StackError, match=r"no case 'ship': .* \(cases: shop\)"):
        load_case(tmp_path, "ship")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: []", "infra"),
        ("infra: [kafka]\nservices: [{name: a, module: m}]", "port"),
        ("infra: [kafka]\nservices: [{name: A_b, module: m, port: 1}]", "small letters"),
        ("infra: [kafka]\nservices: [{name: a, module: m, port: 1, instance: 2}]", "unknown field 'instance'"),
        ("- a list", "stack.yaml cannot be used"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(StackError, match=said):
        load_case(tmp_path, "shop")
