"""The site that a sandbox starts with: one service project of R&D, its workflow, its people."""

from __future__ import annotations

from typing import Final
from uuid import NAMESPACE_URL, uuid5

from hub_jira.sandbox import agile
from hub_jira.sandbox.issue import LinkType
from hub_jira.sandbox.model import (
    ADMINISTRATORS,
    PERMISSIONS,
    CustomField,
    IssueType,
    Named,
    Project,
    Status,
    Transition,
    User,
    Workflow,
)
from hub_jira.sandbox.schemes import (
    DEFAULT_SCHEME,
    Actor,
    Grant,
    Group,
    Level,
    PermissionScheme,
    ProjectCategory,
    Role,
    SecurityScheme,
)
from hub_jira.sandbox.settings import Context, Dashboard, Option
from hub_jira.sandbox.site import Site

HUB_TOKEN: Final = "sandbox-api-token"  # noqa: S105 - opens an emulator on loopback
APP_TOKEN: Final = "sandbox-app-token"  # noqa: S105 - likewise
TODO, IN_PROGRESS, IN_REVIEW, DONE, CLOSED = "10000", "3", "10001", "10002", "6"
_EPIC_STATES: Final = ("To Do", "In Progress", "Done")
_USERS: Final = ("jira-users", "jira-software-users")
_ADMINS: Final = (*_USERS, ADMINISTRATORS)


def furnish(site: Site) -> None:
    """Fill an empty site."""
    _names(site)
    _agile(site)
    _rights(site)
    _links(site)
    _people(site)
    lead = next(iter(site.users))
    for identifier, key, name, kind in (
        ("10100", "RND", "研发", "service_desk"),
        ("10101", "LIB", "Library", "software"),
    ):
        site.projects[identifier] = Project(
            id=identifier,
            key=key,
            name=name,
            lead=lead,
            workflow=workflow(),
            issue_types=list(site.issue_types),
            type_key="service_desk" if kind == "service_desk" else "software",
        )
        for role in site.schemes.roles.values():
            copies = [Actor(id=x.id, kind=x.kind, name=x.name) for x in role.default]
            site.schemes.actors[identifier, role.id] = copies


def _names(site: Site) -> None:
    statuses = (
        (TODO, "To Do", "new"),
        (IN_PROGRESS, "In Progress", "indeterminate"),
        (IN_REVIEW, "In Review", "indeterminate"),
        (DONE, "Done", "done"),
        (CLOSED, "Closed", "done"),
    )
    for identifier, name, category in statuses:
        site.statuses[identifier] = Status(id=identifier, name=name, category=category)
    for number, name in enumerate(("Done", "Won't Do", "Duplicate", "Cannot Reproduce", "Fixed")):
        site.resolutions[str(10_000 + number)] = Named(id=str(10_000 + number), name=name)
    for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1):
        site.priorities[str(number)] = Named(id=str(number), name=name)
    names = ("Bug", "Task", "Story", "Improvement", "Epic", "Service Request")
    for number, name in enumerate(names):
        kind = str(10_200 + number)
        site.issue_types[kind] = IssueType(id=kind, name=name)
    site.issue_types["10210"] = IssueType(id="10210", name="Sub-task", subtask=True)
    prefix = "com.atlassian.jira.plugin.system.customfieldtypes"
    for number, name, kind, custom in (
        (10_050, "Customer", "string", "textfield"),
        (10_051, "Steps to reproduce", "string", "textarea"),
        (10_052, "CRM case", "string", "textfield"),
    ):
        identifier = f"customfield_{number}"
        site.custom_fields[identifier] = CustomField(
            id=identifier, name=name, type=kind, custom=f"{prefix}:{custom}"
        )


def _agile(site: Site) -> None:
    """Add the fields of the agile boards, and what a site has by itself."""
    for identifier, name, kind, items, custom in (
        (agile.SPRINT, "Sprint", "array", "json", "gh-sprint"),
        (agile.RANK, "Rank", "any", "", "gh-lexo-rank"),
        (agile.EPIC_LINK, "Epic Link", "any", "", "gh-epic-link"),
        (agile.EPIC_NAME, "Epic Name", "string", "", "gh-epic-label"),
    ):
        site.custom_fields[identifier] = CustomField(
            id=identifier,
            name=name,
            type=kind,
            items=items,
            custom=f"com.pyxis.greenhopper.jira:{custom}",
        )
    site.custom_fields[agile.POINTS] = CustomField(
        id=agile.POINTS,
        name="Story Points",
        type="number",
        custom="com.atlassian.jira.plugin.system.customfieldtypes:float",
    )
    options = [Option(id=str(10_000 + n), value=v) for n, v in enumerate(_EPIC_STATES)]
    site.settings.contexts["customfield_10012"] = [
        Context(id="10100", name="Default Configuration Scheme for Epic Status", options=options)
    ]
    site.custom_fields["customfield_10012"] = CustomField(
        id="customfield_10012",
        name="Epic Status",
        type="option",
        options=_EPIC_STATES,
        custom="com.pyxis.greenhopper.jira:gh-epic-status",
    )
    system = Dashboard(id="10000", name="System Dashboard", owner="", shares=[{"type": "global"}])
    system.shares[0]["id"] = 10_000
    site.settings.dashboards[system.id] = system


def _rights(site: Site) -> None:
    names = (ADMINISTRATORS, "jira-users", "jira-software-users", "jira-servicemanagement-users")
    for name in names if not site.cloud else (*names, "administrators"):
        digest = uuid5(NAMESPACE_URL, f"sandbox/group/{name}")
        site.schemes.groups[name] = Group(id=str(digest), name=name)
    for number, name in ((10_002, "Administrators"), (10_001, "Developers"), (10_000, "Users")):
        site.schemes.roles[number] = Role(id=number, name=name, description=f"Project {name}")
    site.schemes.roles[10_002].default = [Actor(id=1, kind="group", name=ADMINISTRATORS)]
    grants = [
        Grant(id=10_000 + number, permission=permission, holder="applicationRole")
        for number, permission in enumerate(PERMISSIONS)
        if permission != "ADMINISTER_PROJECTS"
    ]
    administer = Grant(
        id=10_100, permission="ADMINISTER_PROJECTS", holder="projectRole", parameter="10002"
    )
    site.schemes.permissions[DEFAULT_SCHEME] = PermissionScheme(
        id=DEFAULT_SCHEME,
        name="Default Permission Scheme",
        description="This is the default Permission Scheme. Any new projects have it.",
        grants=[administer, *grants],
    )
    site.schemes.security[10_000] = SecurityScheme(id=10_000, name="Default")
    site.schemes.levels["10000"] = Level(
        id="10000", scheme=10_000, name="Internal", members=[f"group:{ADMINISTRATORS}"]
    )
    site.schemes.categories["10000"] = ProjectCategory(id="10000", name="Default")


def _links(site: Site) -> None:
    for number, (name, inward, outward) in enumerate(
        (
            ("Blocks", "is blocked by", "blocks"),
            ("Cloners", "is cloned by", "clones"),
            ("Duplicate", "is duplicated by", "duplicates"),
            ("Relates", "relates to", "relates to"),
        )
    ):
        identifier = str(10_000 + number)
        kind = LinkType(id=identifier, name=name, inward=inward, outward=outward)
        site.relations.types[identifier] = kind


def _people(site: Site) -> None:
    people = (
        ("hub", "Handbook Hub", "hub@vendor.example", "atlassian"),
        ("chen.rd", "陈工", "chen.rd@vendor.example", "atlassian"),
        ("li.rd", "李工", "li.rd@vendor.example", "atlassian"),
        ("zhou.rd", "周工", "zhou.rd@vendor.example", "atlassian"),
        ("reader", "某用户", "reader@customer.example", "customer"),
    )
    if not site.cloud:
        site.users["10500"] = User(
            account_id="10500", name="admin", display_name="Administrator",
            email="admin@vendor.example", secret="admin", groups=_ADMINS,  # noqa: S106
        )  # fmt: skip
        site.users["10501"] = User(
            account_id="10501", name="jira_user", display_name="Jira User",
            email="jira_user@vendor.example", secret="jira",  # noqa: S106
        )  # fmt: skip
    for number, (name, shown, email, kind) in enumerate(people):
        account = f"5b10a2844c20165700ede{number:03d}" if site.cloud else str(10_510 + number)
        site.users[account] = User(
            account_id=account,
            name=name,
            display_name=shown,
            email=email,
            secret=HUB_TOKEN if name == "hub" else f"{name}-token",
            bearer="" if site.cloud else f"{name}-bearer",
            account_type="customer" if kind == "customer" else "atlassian",
            groups=_ADMINS if name == "hub" else _USERS if kind == "atlassian" else (),
            email_hidden=name == "zhou.rd",
        )
    if site.cloud:
        app = "557058:0867a421-a9ee-4659-801a-bc0ee4a4487e"
        site.users[app] = User(
            account_id=app, name="app", display_name="Sandbox app", bearer=APP_TOKEN,
            email="app@connect.example", account_type="app", email_hidden=True, groups=(),
        )  # fmt: skip


def workflow() -> Workflow:
    """Make the workflow: To Do → In Progress → (In Review →) Done → Closed, and back by Reopen."""
    return Workflow(
        statuses=[TODO, IN_PROGRESS, IN_REVIEW, DONE, CLOSED],
        initial=TODO,
        transitions=[
            Transition(id="11", name="Start progress", to=IN_PROGRESS, sources=(TODO,)),
            Transition(id="12", name="Stop progress", to=TODO, sources=(IN_PROGRESS,)),
            Transition(id="21", name="Review", to=IN_REVIEW, sources=(IN_PROGRESS,)),
            Transition(id="22", name="Send back", to=IN_PROGRESS, sources=(IN_REVIEW,)),
            Transition(
                id="31",
                name="Resolve",
                to=DONE,
                sources=(IN_PROGRESS, IN_REVIEW),
                screen={"resolution": True},
            ),
            Transition(id="41", name="Close", to=CLOSED, sources=(DONE,)),
            Transition(
                id="51", name="Reopen", to=TODO, sources=(DONE, CLOSED), clears_resolution=True
            ),
        ],
    )
