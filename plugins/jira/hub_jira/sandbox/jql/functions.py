"""JQL's functions other than those of dates: what they give, and for which fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import dates
from hub_jira.sandbox.jql.asker import Asker
from hub_jira.sandbox.jql.lexer import JqlError
from hub_jira.sandbox.jql.syntax import Function
from hub_jira.sandbox.model import Project, User
from hub_jira.sandbox.planning import Version
from hub_jira.sandbox.site import Site

Compute = Callable[[Site, Asker, Sequence[str]], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """A function. Its values are ids of a kind; a list stands with IN only."""

    kind: str
    compute: Compute
    several: bool = True
    least: int = 0
    most: int = 0


def find(call: Function) -> tuple[str, FunctionSpec]:
    """Give a function by its name; refused if there is none."""
    for name, spec in FUNCTIONS.items():
        if name.lower() == call.name.lower():
            return name, spec
    raise JqlError(f"Unable to find JQL function '{call}'.")


def known(call: Function) -> bool:
    """Say whether there is such a function, of dates or otherwise."""
    low = call.name.lower()
    return any(low == name.lower() for name in (*FUNCTIONS, *dates.NAMES))


def values(call: Function, kinds: Sequence[str], field: str, site: Site, asker: Asker) -> set[str]:
    """Compute a function for a field that takes values of some kinds."""
    if not known(call):
        raise JqlError(f"Unable to find JQL function '{call}'.")
    if call.name.lower() in {name.lower() for name in dates.NAMES}:
        raise _unfit(call.name, field)
    name, spec = find(call)
    if spec.kind not in kinds:
        raise _unfit(name, field)
    dates.expect(name, call.arguments, spec.least, spec.most)
    return set(spec.compute(site, asker, call.arguments))


def _unfit(name: str, field: str) -> JqlError:
    return JqlError(
        f"A value provided by the function '{name}' is invalid for the field '{field}'."
    )


def _current_user(_site: Site, asker: Asker, _arguments: Sequence[str]) -> Iterable[str]:
    return {asker.user.account_id} if asker.user else set()


def _members_of(site: Site, _asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    low = arguments[0].lower()
    if not any(low in {group.name.lower(), group.id} for group in site.schemes.groups.values()):
        raise JqlError(
            f"Function 'membersOf' can not generate a list of usernames for group "
            f"'{arguments[0]}'; the group does not exist."
        )
    names = {g.name for g in site.schemes.groups.values() if low in {g.name.lower(), g.id}}
    return {user.account_id for user in site.users.values() if names & set(user.groups)}


def _user(site: Site, asker: Asker, arguments: Sequence[str], function: str) -> User | None:
    if not arguments:
        return asker.user
    user = site.find_user(arguments[0])
    if user is None:
        raise JqlError(f"Function '{function}' can not find the user '{arguments[0]}'.")
    return user


def _projects(site: Site, asker: Asker) -> list[Project]:
    return [p for p in site.projects.values() if asker.sees(site, p.id)]


def _projects_led(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    user = _user(site, asker, arguments, "projectsLeadByUser")
    return [p.id for p in _projects(site, asker) if user and p.lead == user.account_id]


def _projects_permitted(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    wanted = arguments[0].upper().replace(" ", "_")
    return [p.id for p in _projects(site, asker) if site.may(asker.user, wanted, p)]


def _projects_played(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    low = arguments[0].lower()
    role = next((r for r in site.schemes.roles.values() if r.name.lower() == low), None)
    if role is None:
        raise JqlError(
            f"Function 'projectsWhereUserHasRole' can not find the role '{arguments[0]}'."
        )
    return [p.id for p in _projects(site, asker) if site.plays(asker.user, role.id, p)]


def _components_led(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    user = _user(site, asker, arguments, "componentsLeadByUser")
    entries = site.planning.components.values()
    return [c.id for c in entries if user and c.lead == user.account_id]


def _versions(site: Site, asker: Asker, arguments: Sequence[str]) -> list[Version]:
    projects = []
    for text in arguments:
        project = site.find_project(text)
        if project is None or not asker.sees(site, project.id):
            raise JqlError(f"Could not resolve the project '{text}' provided to function.")
        projects.append(project.id)
    chosen = projects or [p.id for p in _projects(site, asker)]
    return [v for project in chosen for v in site.planning.versions_of(project) if not v.archived]


def _released(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    return [v.id for v in _versions(site, asker, arguments) if v.released]


def _unreleased(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    return [v.id for v in _versions(site, asker, arguments) if not v.released]


def _latest_released(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    return list(_released(site, asker, arguments))[-1:]


def _earliest_unreleased(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    return list(_unreleased(site, asker, arguments))[:1]


def _sprints(state: str) -> Compute:
    return lambda site, _asker, _arguments: [
        str(sprint.id) for sprint in site.planning.sprints.values() if sprint.state == state
    ]


def _types(*, subtask: bool) -> Compute:
    return lambda site, _asker, _arguments: [
        kind.id for kind in site.issue_types.values() if kind.subtask is subtask
    ]


def _issue_history(site: Site, asker: Asker, _arguments: Sequence[str]) -> Iterable[str]:
    return site.planning.viewed.get(asker.user.account_id, ()) if asker.user else ()


def _linked(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    issue = site.find_issue(arguments[0])
    if issue is None or not site.sees(asker.user, issue):
        raise JqlError(f"Issue '{arguments[0]}' could not be found in function 'linkedIssues'.")
    wanted = {name.lower() for name in arguments[1:]}
    kinds = site.relations.types
    known = {text.lower() for x in kinds.values() for text in (x.name, x.inward, x.outward)}
    for name in arguments[1:]:
        if name.lower() not in known:
            raise JqlError(
                f"Issue link type '{name}' could not be found in function 'linkedIssues'."
            )
    found = []
    for link in site.relations.links_of(issue.id):
        kind = kinds[link.type]
        outward = link.inward == issue.id
        reads = kind.outward if outward else kind.inward
        if not wanted or wanted & {reads.lower(), kind.name.lower()}:
            found.append(link.outward if outward else link.inward)
    return found


def _watched(site: Site, asker: Asker, _arguments: Sequence[str]) -> Iterable[str]:
    account = asker.user.account_id if asker.user else ""
    return [issue.id for issue in site.issues.values() if account in issue.watchers]


def _voted(site: Site, asker: Asker, _arguments: Sequence[str]) -> Iterable[str]:
    account = asker.user.account_id if asker.user else ""
    return [issue.id for issue in site.issues.values() if account in issue.voters]


def _date(text: str, asker: Asker, function: str) -> datetime:
    moment = dates.instant(text, asker.zone, asker.now)
    if moment is None:
        raise JqlError(f"Invalid date '{text}' passed to '{function}'. {dates.FORMATS_TOLD}")
    return moment


def _updated_by(site: Site, asker: Asker, arguments: Sequence[str]) -> Iterable[str]:
    user = _user(site, asker, arguments, "updatedBy")
    span = [_date(text, asker, "updatedBy") for text in arguments[1:]]
    since = span[0] if span else None
    until = span[1] if len(span) > 1 else None

    def acted(issue: Issue) -> bool:
        acts = [(issue.creator, issue.created)]
        acts += [(entry.author, entry.created) for entry in issue.histories]
        acts += [(comment.author, comment.created) for comment in issue.comments]
        acts += [(comment.update_author, comment.updated) for comment in issue.comments]
        acts += [(worklog.author, worklog.created) for worklog in issue.worklogs]
        return any(
            user is not None
            and by == user.account_id
            and (since is None or at >= since)
            and (until is None or at <= until)
            for by, at in acts
        )

    return [issue.id for issue in site.issues.values() if acted(issue)]


FUNCTIONS: Final[Mapping[str, FunctionSpec]] = {
    "currentUser": FunctionSpec(kind="user", compute=_current_user, several=False),
    "membersOf": FunctionSpec(kind="user", compute=_members_of, least=1, most=1),
    "projectsLeadByUser": FunctionSpec(kind="project", compute=_projects_led, most=1),
    "projectsWhereUserHasPermission": FunctionSpec(
        kind="project", compute=_projects_permitted, least=1, most=1
    ),
    "projectsWhereUserHasRole": FunctionSpec(
        kind="project", compute=_projects_played, least=1, most=1
    ),
    "componentsLeadByUser": FunctionSpec(kind="component", compute=_components_led, most=1),
    "releasedVersions": FunctionSpec(kind="version", compute=_released, most=99),
    "unreleasedVersions": FunctionSpec(kind="version", compute=_unreleased, most=99),
    "latestReleasedVersion": FunctionSpec(
        kind="version", compute=_latest_released, several=False, least=1, most=1
    ),
    "earliestUnreleasedVersion": FunctionSpec(
        kind="version", compute=_earliest_unreleased, several=False, least=1, most=1
    ),
    "openSprints": FunctionSpec(kind="sprint", compute=_sprints("active")),
    "closedSprints": FunctionSpec(kind="sprint", compute=_sprints("closed")),
    "futureSprints": FunctionSpec(kind="sprint", compute=_sprints("future")),
    "standardIssueTypes": FunctionSpec(kind="issuetype", compute=_types(subtask=False)),
    "subtaskIssueTypes": FunctionSpec(kind="issuetype", compute=_types(subtask=True)),
    "linkedIssues": FunctionSpec(kind="issue", compute=_linked, least=1, most=99),
    "watchedIssues": FunctionSpec(kind="issue", compute=_watched),
    "votedIssues": FunctionSpec(kind="issue", compute=_voted),
    "issueHistory": FunctionSpec(kind="issue", compute=_issue_history),
    "updatedBy": FunctionSpec(kind="issue", compute=_updated_by, least=1, most=3),
}
