"""The organisation as it is when the emulator starts: people, queues, customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from hub_crm.sandbox.catalogue import merged, shipped
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.write import Write

INTEGRATION_EMAIL: Final = "hub.integration@vendor.example"
BIG_ROWS: Final = 5_500
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
    _profiles(org)
    integration = _user(org, ("", "Hub Integration", INTEGRATION_EMAIL, "Integration"), "")
    write = Write(user_id=integration)
    _lists(org, write)
    org.amend("User", org.tables["User"][integration], {"ProfileId": _administrator(org)}, write)
    made_by = {"CreatedById": integration}
    org.amend("Organization", org.tables["Organization"][organization], made_by, write)
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


def conform(org: Org, by: str) -> None:
    """Add the objects that client libraries' own tests use, one with more rows than two pages."""
    write = Write(user_id=by)
    for name, definition in merged(org.objects, [shipped("conformance")]).items():
        if name not in org.objects:
            org.declare(definition)
    for number in range(1, BIG_ROWS + 1):
        org.put("BigTable__c", {"Name": f"Row {number:05d}", "OwnerId": by}, write)
    for number, account in enumerate(list(org.rows("Account")), start=1):
        sale = {
            "Name": f"Sale {number}", "AccountId": account["Id"], "StageName": "Prospecting",
            "CloseDate": f"2026-0{number % 9 + 1}-15", "Amount": number * 1000,
        }  # fmt: skip
        org.insert(org.objects["Opportunity"], sale, write)
    topic = {
        "Name": "JSforceTestAccountUpdates", "Query": "SELECT Id, Name FROM Account",
        "ApiVersion": 62,
    }  # fmt: skip
    org.insert(org.objects["PushTopic"], topic, write)


def _organization(org: Org) -> str:
    values = {
        "Name": "服务部演示环境", "OrganizationType": "Enterprise Edition", "InstanceName": "CN01",
        "IsSandbox": True, "IsReadOnly": False, "LanguageLocaleKey": "zh_CN",
        "TimeZoneSidKey": "Asia/Shanghai", "FiscalYearStartMonth": 1,
        "DefaultAccountAccess": "Edit", "DefaultCaseAccess": "Edit",
    }  # fmt: skip
    return str(org.put("Organization", values, Write(user_id=""))["Id"])


def _profiles(org: Org) -> None:
    for name, all_data in (("System Administrator", True), ("Standard User", False)):
        values = {
            "Name": name, "UserType": "Standard", "PermissionsModifyAllData": all_data,
            "PermissionsViewAllData": all_data, "PermissionsApiEnabled": True,
        }  # fmt: skip
        org.put("Profile", values, Write(user_id=""))


def _administrator(org: Org) -> str:
    return next(str(p["Id"]) for p in org.rows("Profile") if p["PermissionsModifyAllData"])


def _lists(org: Org, write: Write) -> None:
    for name, field in (("CaseStatus", "Case.Status"), ("TaskStatus", "Task.Status")):
        owner, _, key = field.partition(".")
        for number, entry in enumerate(org.objects[owner].fields[key].entries, start=1):
            values = {
                "MasterLabel": entry.label, "ApiName": entry.value, "SortOrder": number,
                "IsDefault": number == 1, "IsClosed": entry.closed,
            }  # fmt: skip
            org.put(name, values, write)
    enter_record_types(org, write)
    org.put("BusinessHours", _round_the_clock(), write)
    org.put("Pricebook2", {"Name": "Standard Price Book", "IsStandard": True}, write)
    rule = {"Name": "Standard", "SobjectType": "Case", "Active": True}
    org.rule_id = str(org.put("AssignmentRule", rule, write)["Id"])


def _round_the_clock() -> dict[str, Any]:
    """Give business hours as the system itself has them: from midnight to midnight, each day."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    hours = {f"{day}{end}Time": time(0) for day in days for end in ("Start", "End")}
    return {"Name": "Default", "IsActive": True, "IsDefault": True, **hours}


def enter_record_types(org: Org, write: Write) -> None:
    """Make the records of the record types that were declared and have none yet."""
    known = {(row["SobjectType"], row["DeveloperName"]) for row in org.rows("RecordType")}
    for definition in list(org.objects.values()):
        for kind in definition.record_types:
            if (definition.name, kind.name) in known:
                continue
            values = {
                "Name": kind.label, "DeveloperName": kind.name, "SobjectType": definition.name,
                "IsActive": kind.active,
            }  # fmt: skip
            org.put("RecordType", values, write)


def _queue(org: Org, label: str, name: str, write: Write) -> str:
    values = {"Name": label, "DeveloperName": name, "Type": "Queue"}
    queue = str(org.insert(org.objects["Group"], values, write)["Id"])
    org.insert(org.objects["QueueSobject"], {"QueueId": queue, "SobjectType": "Case"}, write)
    return queue


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
