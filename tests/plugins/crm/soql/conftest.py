"""An organisation with records of all types, and ways to query it without any server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeAlias

import pytest
from hub_crm.sandbox.automation import Write
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.profile import furnish
from hub_crm.sandbox.schema import FieldDef, FieldType
from hub_crm.sandbox.soql import Runner, calendar_for, parse
from hub_crm.sandbox.wire import ApiError

from hub.testing import FrozenClock

BASE: Final = "/services/data/v59.0"
Rows: TypeAlias = list[dict[str, Any]]
Run: TypeAlias = Callable[[str], Rows]

_NAMES: Final = ("Alpha", "beta 50%", "Gamma_1", "o'Neil", "丁 大学", "alpha Beta", "Zeta", "eta")
_CHOICES: Final = (None, "Red", "Red;Green", "Blue", "Green;Blue;Red")
_FIELDS: Final = (
    FieldDef(name="Colours__c", type=FieldType.MULTIPICKLIST, length=4099),
    FieldDef(name="Share__c", type=FieldType.PERCENT),
    FieldDef(name="Since__c", type=FieldType.DATETIME),
    FieldDef(name="Place__Latitude__s", type=FieldType.DOUBLE),
    FieldDef(name="Place__Longitude__s", type=FieldType.DOUBLE),
)


def _accounts(org: Org, write: Write) -> list[str]:
    """Make accounts whose values differ in every type, some of them empty."""
    now, made = org.now(), []
    for number, name in enumerate(_NAMES):
        empty = number % 4 == 3
        row = org.insert(
            org.objects["Account"],
            {
                "Name": name,
                "Phone": None if empty else f"010-{number:04d}",
                "AnnualRevenue": None if empty else number * 1000.5,
                "NumberOfEmployees": None if number % 3 == 2 else number * 7 - 10,
                "Service_Until__c": None
                if empty
                else str(now.date() + timedelta(days=45 * (number - 4))),
                "Since__c": None
                if empty
                else (now + timedelta(hours=9 * (number - 4))).isoformat(),
                "Colours__c": _CHOICES[number % len(_CHOICES)],
                "Share__c": number * 12.5,
                "Place__Latitude__s": 39.9 if number == 0 else 31.2,
                "Place__Longitude__s": 116.4 if number == 0 else 121.5,
                "ParentId": made[0] if number in {1, 2} else None,
                "Type": ("Partner", "Customer", "Prospect")[number % 3],
            },
            write,
        )
        made.append(str(row["Id"]))
    return made


def _cases(org: Org, write: Write) -> None:
    contacts = {row["Email"]: row for row in org.rows("Contact")}
    for number in range(12):
        contact = contacts["yang.fan@jiangnan.example"] if number % 3 == 0 else None
        org.insert(
            org.objects["Case"],
            {
                "Subject": None if number == 5 else f"Problem {number:02d} 登录",
                "Priority": ("Low", "Medium", "High")[number % 3],
                "ContactId": contact["Id"] if contact else None,
                "Status": "Closed" if number % 4 == 0 else "New",
            },
            write,
        )
    first = next(org.rows("Case"))
    values = {"ParentId": first["Id"], "CommentBody": "已收到"}
    org.insert(org.objects["CaseComment"], values, write)


@pytest.fixture(scope="package")
def org() -> Org:
    """Give a furnished organisation with a dozen cases and accounts with values of all types."""
    org = Org(FrozenClock())
    _, integration = furnish(org, customers=True)
    for field in _FIELDS:
        org.add_field("Account", field)
    write = Write(user_id=integration)
    _accounts(org, write)
    _cases(org, write)
    return org


@pytest.fixture(scope="package")
def user(org: Org) -> dict[str, Any]:
    """Give the integration user."""
    return next(org.rows("User"))


@pytest.fixture(scope="package")
def run(org: Org, user: dict[str, Any]) -> Run:
    """Give what runs a query as the integration user, and gives its records as JSON."""
    calendar = calendar_for(org.clock.now(), user, {})

    def records(query: str) -> Rows:
        runner = Runner(org, BASE, user_id=user["Id"], calendar=calendar)
        result = runner.run(parse(query))
        if result.ready is not None or result.shape is None:
            return result.ready or []
        return [runner.write(result.shape, row) for row in result.rows]

    return records


@pytest.fixture(scope="package")
def subjects(run: Run) -> Callable[[str], list[str | None]]:
    """Give what finds the subjects of the cases under a condition."""
    return lambda where: [
        row["Subject"] for row in run(f"SELECT Subject FROM Case WHERE {where} ORDER BY CaseNumber")
    ]


@pytest.fixture(scope="package")
def names(run: Run) -> Callable[[str], list[str]]:
    """Give what finds the names of the accounts under a condition, in the order they were made."""
    return lambda where: [
        row["Name"] for row in run(f"SELECT Name FROM Account WHERE {where} ORDER BY Id")
    ]


@pytest.fixture(scope="package")
def refusal(run: Run) -> Callable[[str], ApiError]:
    """Give what runs a query that must be refused, and gives the error."""

    def refused(query: str) -> ApiError:
        with pytest.raises(ApiError) as caught:
            run(query)
        return caught.value

    return refused
