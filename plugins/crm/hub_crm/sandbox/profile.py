"""The organisation as it is when the emulator starts: people, queues, customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.automation import Write, complete
from hub_crm.sandbox.objects import CLOSED_STATUSES, STATUSES
from hub_crm.sandbox.org import Org

INTEGRATION_EMAIL: Final = "hub.integration@vendor.example"
INTAKE_QUEUE: Final = "Case_Intake"

_PEOPLE: Final = (
    ("张", "敏", "zhang.min", "客户专员"),
    ("李", "强", "li.qiang", "客户经理"),
    ("王", "磊", "wang.lei", "产品支持工程师"),
    ("赵", "倩", "zhao.qian", "培训师"),
    ("孙", "涛", "sun.tao", "咨询顾问"),
    ("周", "静", "zhou.jing", "服务部经理"),
)
_CUSTOMERS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "account": {
            "Name": "北方大学", "Website": "https://www.north-univ.example",
            "Service_Until__c": "2027-12-31", "Contract_No__c": "HT-2024-0117",
            "Email_Domains__c": "north-univ.example", "Customer_Code__c": "C-1001",
        },
        "contacts": (
            ("陈", "晓华", "chen.xiaohua@north-univ.example", "010-6200-1101", "网络中心主任"),
            ("刘", "洋", "liu.yang@north-univ.example", "010-6200-1102", "系统管理员"),
        ),
    },
    {
        "account": {
            "Name": "江南师范大学", "Website": "https://www.jiangnan.example",
            "Service_Until__c": "2026-08-31", "Contract_No__c": "HT-2023-0342",
            "Email_Domains__c": "jiangnan.example", "Customer_Code__c": "C-1002",
        },
        "contacts": (
            ("杨", "帆", "yang.fan@jiangnan.example", "025-8300-2201", "教务处"),
            ("吴", "婷", "wu.ting@jiangnan.example", "025-8300-2202", "现代教育技术中心"),
        ),
    },
    {
        "account": {
            "Name": "海滨学院", "Website": "http://haibin.example",
            "Service_Until__c": "2025-06-30", "Contract_No__c": "HT-2022-0078",
            "Email_Domains__c": "haibin.example", "Customer_Code__c": "C-1003",
        },
        "contacts": (("郑", "凯", "zheng.kai@haibin.example", "0532-8800-3301", "信息中心"),),
    },
    {
        "account": {
            "Name": "Westlake International School",
            "Website": "https://www.westlake-school.example",
            "Service_Until__c": "2027-03-31", "Contract_No__c": "HT-2025-0009",
            "Email_Domains__c": "westlake-school.example", "Customer_Code__c": "C-1004",
        },
        "contacts": (
            ("Carter", "Emily", "emily.carter@westlake-school.example", "0571-8600-4401",
             "IT Coordinator"),
        ),
    },
)  # fmt: skip


def furnish(org: Org, *, customers: bool) -> tuple[str, str]:
    """Fill an empty organisation; give the ids of the organisation and the integration user."""
    organization = _organization(org)
    integration = _user(org, ("", "Hub Integration", INTEGRATION_EMAIL, "Integration"), "")
    write = Write(user_id=integration)
    _statuses(org)
    org.assign_to = _queue(org, "受理队列", INTAKE_QUEUE, write)
    _queue(org, "技术支持队列", "Technical_Support", write)
    people = {
        name: _user(org, (first, last, f"{name}@vendor.example", title), integration)
        for last, first, name, title in _PEOPLE
    }
    _user(org, ("峰", "何", "he.feng@vendor.example", "产品支持工程师"), integration, active=False)
    if customers:
        for customer in _CUSTOMERS:
            _customer(org, customer, people["li.qiang"], write)
    return organization, integration


def _organization(org: Org) -> str:
    definition = org.objects["Organization"]
    row: dict[str, Any] = dict.fromkeys(definition.fields)
    row |= {
        "Id": make_id(definition.prefix, org.next_number(definition.name)),
        "Name": "服务部演示环境", "OrganizationType": "Enterprise Edition",
        "InstanceName": "CN01", "IsSandbox": True, "LanguageLocaleKey": "zh_CN",
        "TimeZoneSidKey": "Asia/Shanghai", "SystemModstamp": org.now(), "CreatedDate": org.now(),
        "LastModifiedDate": org.now(),
    }  # fmt: skip
    org.tables[definition.name][row["Id"]] = row
    return str(row["Id"])


def _statuses(org: Org) -> None:
    definition = org.objects["CaseStatus"]
    for number, label in enumerate(STATUSES, start=1):
        row: dict[str, Any] = dict.fromkeys(definition.fields)
        row |= {
            "Id": make_id(definition.prefix, org.next_number(definition.name)),
            "MasterLabel": label, "ApiName": label, "SortOrder": number,
            "IsDefault": number == 1, "IsClosed": label in CLOSED_STATUSES,
            "SystemModstamp": org.now(), "CreatedDate": org.now(), "LastModifiedDate": org.now(),
        }  # fmt: skip
        complete(org, definition.name, None, row, Write(user_id=""))
        org.tables[definition.name][row["Id"]] = row


def _queue(org: Org, label: str, name: str, write: Write) -> str:
    values = {"Name": label, "DeveloperName": name, "Type": "Queue"}
    return str(org.insert(org.objects["Group"], values, write)["Id"])


def _user(org: Org, person: tuple[str, str, str, str], by: str, *, active: bool = True) -> str:
    first, last, email, title = person
    values = {
        "FirstName": first, "LastName": last, "Email": email, "Title": title,
        "Username": f"{email}.crm", "IsActive": active,
    }  # fmt: skip
    return str(org.insert(org.objects["User"], values, Write(user_id=by))["Id"])


def _customer(org: Org, customer: Mapping[str, Any], owner: str, write: Write) -> None:
    values = {**customer["account"], "OwnerId": owner, "Type": "Customer", "Industry": "Education"}
    account = org.insert(org.objects["Account"], values, write)
    for last, first, email, phone, title in customer["contacts"]:
        org.insert(
            org.objects["Contact"],
            {"LastName": last, "FirstName": first, "Email": email, "Phone": phone,
             "Title": title, "AccountId": account["Id"], "OwnerId": owner},
            write,
        )  # fmt: skip
