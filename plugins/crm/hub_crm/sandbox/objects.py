"""The objects of a service organisation, as its describe calls show them."""

from __future__ import annotations

from functools import partial
from typing import Final

from hub_crm.sandbox.schema import FieldDef, FieldType, ObjectDef

STATUSES: Final = (
    "New", "Routed", "In Progress", "Waiting for Customer", "Waiting for R&D", "Resolved",
    "Closed", "Reopened", "Suspended",
)  # fmt: skip
CLOSED_STATUSES: Final = frozenset({"Closed"})

_text = partial(FieldDef, type=FieldType.STRING)
_long = partial(FieldDef, type=FieldType.TEXTAREA)
_email = partial(FieldDef, type=FieldType.EMAIL, length=80)
_phone = partial(FieldDef, type=FieldType.PHONE, length=40)
_pick = partial(FieldDef, type=FieldType.PICKLIST, length=255)
_flag = partial(FieldDef, type=FieldType.BOOLEAN, nillable=False, default=False)
_moment = partial(FieldDef, type=FieldType.DATETIME)
_fixed = partial(FieldDef, createable=False, updateable=False)


def _to(name: str, *targets: str, way: str, children: str = "", **more: object) -> FieldDef:
    return FieldDef(
        name=name, type=FieldType.REFERENCE, length=18, references=targets, relationship=way,
        children=children, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _owner(*targets: str, children: str = "") -> FieldDef:
    return _to(
        "OwnerId", *targets, way="Owner", children=children, label="Owner ID", nillable=False,
        default="",
    )  # fmt: skip


CASE: Final = ObjectDef(
    "Case",
    "500",
    (
        _to("MasterRecordId", "Case", way="MasterRecord", createable=False, updateable=False),
        _fixed(
            name="CaseNumber", length=30, label="Case Number", nillable=False, auto_number=True,
            name_field=True,
        ),
        _to("ContactId", "Contact", way="Contact", children="Cases", label="Contact ID"),
        _to("AccountId", "Account", way="Account", children="Cases", label="Account ID"),
        _to("ParentId", "Case", way="Parent", children="Cases", label="Parent Case ID"),
        _text(name="SuppliedName", length=80, label="Name"),
        _email(name="SuppliedEmail", label="Email Address"),
        _phone(name="SuppliedPhone", label="Phone"),
        _text(name="SuppliedCompany", length=80, label="Company"),
        _pick(name="Type", label="Case Type", values=("Question", "Problem", "Feature Request")),
        _pick(name="Status", values=STATUSES, restricted=True, default="New"),
        _pick(name="Reason", label="Case Reason", values=("Performance", "Training", "Other")),
        _pick(name="Origin", label="Case Origin", values=("Phone", "Email", "Web", "Fax")),
        _text(name="Subject", length=255),
        _pick(
            name="Priority", values=("High", "Medium", "Low"), restricted=True, default="Medium"
        ),
        _long(name="Description", length=32000),
        _fixed(name="IsClosed", type=FieldType.BOOLEAN, nillable=False, calculated=True),
        _fixed(name="ClosedDate", type=FieldType.DATETIME, label="Closed Date"),
        _flag(name="IsEscalated", label="Escalated"),
        _owner("User", "Group", children="Cases"),
        _long(name="Comments", length=4000, label="Internal Comments"),
        _long(name="Handling_Method__c", length=32768, label="处理方法"),
        _long(name="Handling_Result__c", length=32768, label="处理结果"),
        _long(name="Handling_Advice__c", length=32768, label="处理建议"),
        _long(name="Open_Items__c", length=32768, label="遗留问题"),
        _text(name="Next_Handler__c", length=255, label="下一环节接手人"),
        _text(name="Jira_Key__c", length=50, label="JIRA"),
        _text(name="Resolution__c", length=255, label="解决结果"),
        _text(
            name="Hub_Key__c", length=255, label="Hub Key", external_id=True, unique=True
        ),
    ),
    plural="Cases",
)  # fmt: skip

CASE_COMMENT: Final = ObjectDef(
    "CaseComment",
    "00a",
    (
        _to(
            "ParentId", "Case", way="Parent", children="CaseComments", label="Parent ID",
            nillable=False, updateable=False, cascade=True,
        ),
        _flag(name="IsPublished", label="Published"),
        _long(name="CommentBody", length=4000, byte_length=4000, label="Body"),
    ),
    plural="Case Comments",
)  # fmt: skip

ACCOUNT: Final = ObjectDef(
    "Account",
    "001",
    (
        _to("MasterRecordId", "Account", way="MasterRecord", createable=False, updateable=False),
        _text(name="Name", length=255, label="Account Name", nillable=False, name_field=True),
        _pick(name="Type", label="Account Type", values=("Customer", "Prospect", "Partner")),
        _to("ParentId", "Account", way="Parent", children="ChildAccounts", label="Parent ID"),
        _text(name="BillingCity", length=40, label="Billing City"),
        _phone(name="Phone", label="Account Phone"),
        _text(name="AccountNumber", length=40, label="Account Number"),
        FieldDef(name="Website", type=FieldType.URL, length=255),
        _pick(name="Industry", values=("Education", "Government", "Technology")),
        FieldDef(name="AnnualRevenue", type=FieldType.CURRENCY, label="Annual Revenue"),
        FieldDef(name="NumberOfEmployees", type=FieldType.INT, label="Employees"),
        _long(name="Description", length=32000, label="Account Description"),
        _owner("User", children="Accounts"),
        FieldDef(name="Service_Until__c", type=FieldType.DATE, label="服务期至"),
        _text(name="Contract_No__c", length=80, label="合同编号"),
        _text(name="Email_Domains__c", length=255, label="邮件域名"),
        FieldDef(
            name="Customer_Code__c", length=40, label="客户编码", external_id=True, unique=False
        ),
    ),
    plural="Accounts",
)  # fmt: skip

CONTACT: Final = ObjectDef(
    "Contact",
    "003",
    (
        _to("MasterRecordId", "Contact", way="MasterRecord", createable=False, updateable=False),
        _to(
            "AccountId", "Account", way="Account", children="Contacts", label="Account ID",
            cascade=True,
        ),
        _text(name="LastName", length=80, label="Last Name", nillable=False),
        _text(name="FirstName", length=40, label="First Name"),
        _fixed(name="Name", length=121, label="Full Name", nillable=False, name_field=True),
        _phone(name="Phone", label="Business Phone"),
        _phone(name="MobilePhone", label="Mobile Phone"),
        _email(name="Email"),
        _text(name="Title", length=128),
        _text(name="Department", length=80),
        FieldDef(name="Birthdate", type=FieldType.DATE),
        _long(name="Description", length=32000, label="Contact Description"),
        _owner("User", children="Contacts"),
    ),
    plural="Contacts",
)  # fmt: skip

USER: Final = ObjectDef(
    "User",
    "005",
    (
        _text(name="Username", length=80, nillable=False, unique=True),
        _text(name="LastName", length=80, label="Last Name", nillable=False),
        _text(name="FirstName", length=40, label="First Name"),
        _fixed(name="Name", length=121, label="Full Name", nillable=False, name_field=True),
        _text(name="Title", length=80),
        _text(name="Department", length=80),
        _email(name="Email", nillable=False),
        _phone(name="Phone"),
        _text(name="Alias", length=8, nillable=False, default=""),
        _flag(name="IsActive", label="Active", default=True),
        _pick(name="UserType", label="User Type", default="Standard", createable=False,
              updateable=False),
        _pick(name="TimeZoneSidKey", label="Time Zone", default="Asia/Shanghai"),
        _pick(name="LocaleSidKey", label="Locale", default="zh_CN"),
        _pick(name="LanguageLocaleKey", label="Language", default="zh_CN"),
    ),
    deletable=False,
    plural="Users",
)  # fmt: skip

GROUP: Final = ObjectDef(
    "Group",
    "00G",
    (
        _text(name="Name", length=40, nillable=False, name_field=True),
        _text(name="DeveloperName", length=80, label="Developer Name"),
        _pick(name="Type", values=("Regular", "Queue", "Role"), default="Regular"),
        _email(name="Email"),
        _flag(name="DoesSendEmailToMembers", label="Send Email to Members"),
    ),
    deletable=False,
    plural="Groups",
)

CASE_STATUS: Final = ObjectDef(
    "CaseStatus",
    "01J",
    (
        _fixed(name="MasterLabel", length=255, label="Master Label", name_field=True),
        _fixed(name="ApiName", length=255, label="API Name"),
        _fixed(name="SortOrder", type=FieldType.INT, label="Sort Order"),
        _fixed(name="IsDefault", type=FieldType.BOOLEAN, label="Is Default"),
        _fixed(name="IsClosed", type=FieldType.BOOLEAN, label="Closed"),
    ),
    createable=False,
    updateable=False,
    deletable=False,
    plural="Case Statuses",
)

ORGANIZATION: Final = ObjectDef(
    "Organization",
    "00D",
    (
        _fixed(name="Name", length=80, name_field=True),
        _fixed(name="OrganizationType", length=40, label="Edition"),
        _fixed(name="InstanceName", length=5, label="Instance Name"),
        _fixed(name="IsSandbox", type=FieldType.BOOLEAN, label="Is Sandbox"),
        _fixed(name="LanguageLocaleKey", length=40, label="Language"),
        _fixed(name="TimeZoneSidKey", length=40, label="Time Zone"),
    ),
    createable=False,
    updateable=False,
    deletable=False,
    plural="Organizations",
)

OBJECTS: Final = (
    ORGANIZATION, USER, GROUP, CASE_STATUS, ACCOUNT, CONTACT, CASE, CASE_COMMENT,
)  # fmt: skip
