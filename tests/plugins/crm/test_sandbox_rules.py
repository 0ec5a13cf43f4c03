"""What an organisation's own rules do: formulas, validation, duplicates, numbers, hierarchies."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hub_crm.sandbox.catalogue import merged, shipped_objects
from hub_crm.sandbox.describing import picklist
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.profile import furnish
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

from hub.errors import ConfigError
from hub.settings import parse_yaml
from hub.testing import FrozenClock

DECLARED = """
Case:
  fields:
    Region__c: {type: picklist, values: [North, South], restricted: true}
    Site__c:
      type: picklist
      controller: Region__c
      values: [{value: Harbin, within: [North]}, {value: Canton, within: [South]}]
    Title__c: {formula: 'UPPER(LEFT(Subject, 3)) & " / " & Account.Name'}
    Waiting__c:
      type: double(5,1)
      formula: IF(ISBLANK(ClosedDate), 0, ClosedDate - CreatedDate)
  validations:
    - {name: closed, when: 'ISPICKVAL(Status, "Closed") && ISBLANK(Resolution__c)',
       message: 关闭前请填写解决结果, field: Resolution__c}
    - {name: region, when: 'ISCHANGED(Region__c) && NOT(ISNEW())', message: The region stays}
  record_types:
    Complaint: {values: {Priority: [High]}}
Contact:
  duplicates:
    - {name: Same_Email, fields: [Email], action: allow}
Machine__c:
  fields:
    Name: {auto_number: "M-{0000}", name: true}
    Account__c:
      {type: reference(Account), children: Machines__r, required: true, on_delete: cascade}
    Serial__c: {type: string(20), unique: true, case_sensitive: true, external_id: true}
"""


@pytest.fixture
def org() -> Org:
    """Give an organisation with objects, fields and rules of its own."""
    document = parse_yaml(DECLARED, Path("objects.yaml"))
    org = Org(FrozenClock(), merged(shipped_objects("service_desk"), [document]))
    furnish(org, customers=True)
    return org


@pytest.fixture
def write(org: Org) -> Write:
    """Give how the integration user writes."""
    return Write(user_id=next(iter(org.tables["User"])))


def _insert(org: Org, write: Write, name: str, **values: Any) -> dict[str, Any]:
    return org.insert(org.objects[name], values, write)


def _refused(call: Any, *args: Any, **values: Any) -> list[dict[str, Any]]:
    with pytest.raises(ApiError) as caught:
        call(*args, **values)
    return caught.value.entries()


def test_formulas_follow_the_record_and_those_above_it(org: Org, write: Write) -> None:
    """A parent that is renamed changes what was computed from its name."""
    account = _insert(org, write, "Account", Name="甲")
    case = _insert(org, write, "Case", Subject="login fails", AccountId=account["Id"])
    org.update(org.objects["Account"], account, {"Name": "乙"}, write)

    assert case["Title__c"] == "LOG / 甲"
    assert org.row(case["Id"])["Title__c"] == "LOG / 乙"


def test_a_validation_rule_refuses_with_its_message_and_field(org: Org, write: Write) -> None:
    """All rules that strike are told together."""
    case = _insert(org, write, "Case", Subject="x", Region__c="North")
    change = {"Status": "Closed", "Region__c": "South"}

    told = _refused(org.update, org.objects["Case"], case, change, write)

    assert [(e["statusCode"], e["message"], e["fields"]) for e in told] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "关闭前请填写解决结果", ["Resolution__c"]),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "The region stays", []),
    ]


def test_duplicates_are_told_and_can_be_allowed(org: Org, write: Write) -> None:
    """With the records that were found; the header lets them be saved."""
    email = next(org.rows("Contact"))["Email"]
    values = {"LastName": "双", "Email": email.upper()}

    told = _refused(_insert, org, write, "Contact", **values)
    allowed = Write(user_id=write.user_id, allow_duplicates=True)
    made = _insert(org, allowed, "Contact", **values)

    assert told[0]["statusCode"] == "DUPLICATES_DETECTED"
    assert told[0]["duplicateResult"]["matchResults"][0]["size"] == 1
    assert made["Email"] == email.upper()


def test_a_record_type_narrows_a_picklist(org: Org, write: Write) -> None:
    """Only its own values can be written."""
    kind = next(r["Id"] for r in org.rows("RecordType") if r["DeveloperName"] == "Complaint")
    told = _refused(_insert, org, write, "Case", RecordTypeId=kind, Priority="Low")

    assert told[0]["statusCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert _insert(org, write, "Case", RecordTypeId=kind, Priority="High")


def test_a_custom_object_numbers_and_guards_its_records(org: Org, write: Write) -> None:
    """Numbers run; a unique value may differ in case; the parent takes its records with it."""
    account = _insert(org, write, "Account", Name="甲")
    made = [
        _insert(org, write, "Machine__c", Account__c=account["Id"], Serial__c=s) for s in ("a", "A")
    ]
    twice = _refused(_insert, org, write, "Machine__c", Account__c=account["Id"], Serial__c="a")
    org.delete(org.objects["Account"], account, write)

    assert [row["Name"] for row in made] == ["M-0001", "M-0002"]
    assert twice[0]["statusCode"] == "DUPLICATE_VALUE"
    assert list(org.rows("Machine__c")) == []


def test_a_parent_is_named_by_its_external_id(org: Org, write: Write) -> None:
    """In place of its id."""
    case = _insert(org, write, "Case", Account={"Customer_Code__c": "C-1001"})
    told = _refused(_insert, org, write, "Case", Account={"Customer_Code__c": "none"})

    assert org.row(case["AccountId"])["Name"] == "北方大学"
    assert told[0]["statusCode"] == "INVALID_FIELD"


def test_a_hierarchy_has_no_circle(org: Org, write: Write) -> None:
    """Nor is a record its own parent."""
    above = _insert(org, write, "Account", Name="a")
    below = _insert(org, write, "Account", Name="b", ParentId=above["Id"])

    told = _refused(org.update, org.objects["Account"], above, {"ParentId": below["Id"]}, write)

    assert told[0]["statusCode"] == "CIRCULAR_DEPENDENCY"


def test_an_account_with_cases_can_not_be_deleted(org: Org, write: Write) -> None:
    """The case that holds it is named."""
    account = _insert(org, write, "Account", Name="held")
    case = _insert(org, write, "Case", AccountId=account["Id"])

    told = _refused(org.delete, org.objects["Account"], account, write)

    assert told[0]["statusCode"] == "DELETE_FAILED"
    assert case["CaseNumber"] in told[0]["message"]


def test_numbers_have_a_range(org: Org, write: Write) -> None:
    """Digits before the point are counted."""
    told = _refused(_insert, org, write, "Account", Name="a", AnnualRevenue=10**20)

    assert told[0]["statusCode"] == "NUMBER_OUTSIDE_VALID_RANGE"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("Case:\n  fields:\n    A__c: {type: strng}\n", 3, "'strng' is no type"),
        ("Case:\n  fields:\n    A__c: {type: reference(Nope)}\n", 3, "Nope, which is no object"),
        ("Case:\n  fields:\n    A__c: {formula: 'UPPER('}\n", 3, "a value was expected"),
        ("Case:\n  fields:\n    A__c: {formula: Account.Nope}\n", 3, "no field Nope"),
        ("Case:\n  fields:\n    A__c: {labl: x}\n", 3, "unknown setting"),
        ("Case:\n  feilds: {}\n", 2, "did you mean 'fields'?"),
        ("Mine__c:\n  prefix: toolong\n", 1, "not three letters"),
        ("- a\n", 1, "objects by name"),
    ],
)
def test_a_declaration_that_is_wrong_is_told_with_its_line(text: str, line: int, what: str) -> None:
    """File, line, what is wrong."""
    with pytest.raises(ConfigError) as caught:
        merged(shipped_objects("service_desk"), [parse_yaml(text, Path("mine.yaml"))])

    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("mine.yaml", line)
    assert what in f"{problem.what} {problem.remedy}"


def test_the_readmes_example_is_a_declaration_that_works() -> None:
    """As printed."""
    readme = Path(__file__).parents[3] / "plugins" / "crm" / "README.md"
    example = readme.read_text(encoding="utf-8").partition("```yaml\nMachine__c:")[2]
    text = "Machine__c:" + example.partition("```")[0]

    objects = merged(shipped_objects("service_desk"), [parse_yaml(text, Path("example.yaml"))])

    assert objects["Machine__c"].fields["Title__c"].formula is not None
    assert objects["Contact"].duplicates[0].action == "block"


def test_a_dependent_value_tells_by_bits_which_controlling_values_allow_it(org: Org) -> None:
    """The first bit stands for the first controlling value; other lists have no bits."""
    case = org.objects["Case"]
    site, region = (picklist(case, case.fields[name]) for name in ("Site__c", "Region__c"))
    bits = [base64.b64decode(entry["validFor"])[0] for entry in site]

    assert [("Harbin", 0b1000_0000), ("Canton", 0b0100_0000)] == [
        (entry["value"], bit) for entry, bit in zip(site, bits, strict=True)
    ]
    assert [None, None] == [entry["validFor"] for entry in region]


def test_an_opportunity_is_worth_what_its_products_are_worth(org: Org, write: Write) -> None:
    """As long as it has some; the last one's going leaves the amount."""
    product = org.insert(org.objects["Product2"], {"Name": "Licence"}, write)
    book = next(org.rows("Pricebook2"))
    entry = {"Pricebook2Id": book["Id"], "Product2Id": product["Id"], "UnitPrice": 100}
    priced = org.insert(org.objects["PricebookEntry"], entry, write)
    sale = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-03-01", "Amount": 1}
    made = org.insert(org.objects["Opportunity"], sale, write)["Id"]
    line = {"OpportunityId": made, "PricebookEntryId": priced["Id"], "Quantity": 3}
    lines = [
        org.insert(org.objects["OpportunityLineItem"], {**line, "UnitPrice": price}, write)
        for price in (100, 90)
    ]
    seen = [org.tables["Opportunity"][made]]
    for gone in lines:
        org.delete(org.objects["OpportunityLineItem"], gone, write)
        seen.append(org.tables["Opportunity"][made])

    assert [(True, 570), (True, 270), (False, 270)] == [
        (row["HasOpportunityLineItem"], row["Amount"]) for row in seen
    ]
