"""Boards, sprints, ranks and epics over the issues of a site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.model import JiraError, Project, User
from hub_jira.sandbox.planning import Board, Filter, Sprint
from hub_jira.sandbox.site import Site

SPRINT: Final = "customfield_10020"
EPIC_LINK: Final = "customfield_10014"
EPIC_NAME: Final = "customfield_10011"
RANK: Final = "customfield_10019"
POINTS: Final = "customfield_10016"
_SUFFICES: Final = 1e-9


def open_board(site: Site, project: Project, kind: Literal["scrum", "kanban"]) -> Board:
    """Make the board that a project comes with, over a filter of its own."""
    query = f"project = {project.key} ORDER BY Rank ASC"
    name = f"Filter for {project.key} board"
    saved = Filter(id=site.new_id(), name=name, owner=project.lead, jql=query)
    saved.shares.append({"id": int(site.new_id()), "type": "project", "projectId": project.id})
    site.planning.filters[saved.id] = saved
    board = Board(
        id=int(site.new_id()),
        name=f"{project.key} board",
        kind=kind,
        filter=saved.id,
        project=project.id,
    )
    site.planning.boards[board.id] = board
    return board


def close_board(site: Site, editor: Editor, board: Board) -> None:
    """Delete a board; its sprints go with it, its issues stay."""
    planning = site.planning
    gone = {sprint.id for sprint in planning.sprints.values() if sprint.board == board.id}
    for issue in site.issues.values():
        left = [x for x in sprints_of(issue) if x not in gone]
        if left != sprints_of(issue):
            editor.change(issue, {SPRINT: left or None})
    for identifier in gone:
        del planning.sprints[identifier]
    del planning.boards[board.id]


def sprints_of(issue: Issue) -> list[int]:
    """Give the sprints that an issue is or was in, by id."""
    return list(issue.custom.get(SPRINT) or ())


def issues_of(site: Site, board: Board, user: User | None) -> list[Issue]:
    """Give the issues of a board that a user sees, in the order of their ranks."""
    saved = site.planning.filters.get(board.filter)
    try:
        search = compile_query(saved.jql if saved else "", site, Asker(user, site.now()))
    except JqlError:
        return []
    seen = {p.id for p in site.projects.values() if site.may(user, "BROWSE_PROJECTS", p)}
    found = [x for x in site.issues.values() if x.project in seen and search.matches(x)]
    return sorted(found, key=lambda issue: (issue.rank, int(issue.id)))


def open_sprint(site: Site, issue: Issue) -> Sprint | None:
    """Give the sprint that an issue is in and that is not closed."""
    for identifier in sprints_of(issue):
        sprint = site.planning.sprints.get(identifier)
        if sprint is not None and sprint.state != "closed":
            return sprint
    return None


def put_into(site: Site, editor: Editor, issues: Iterable[Issue], sprint: Sprint | None) -> None:
    """Put issues into a sprint, or into the backlog; closed sprints stay in their memory."""
    for issue in issues:
        before = sprints_of(issue)
        kept = [x for x in before if _closed(site, x)]
        after = [*kept, sprint.id] if sprint else kept
        editor.change(issue, {SPRINT: after or None})


def _closed(site: Site, identifier: int) -> bool:
    sprint = site.planning.sprints.get(identifier)
    return sprint is not None and sprint.state == "closed"


def change_state(site: Site, editor: Editor, sprint: Sprint, state: str) -> None:
    """Start or close a sprint; what was not done goes back to the backlog."""
    if state == sprint.state:
        return
    if (sprint.state, state) == ("future", "active"):
        if sprint.start is None or sprint.end is None:
            raise JiraError(400, "The sprint's start and end dates must be set to start it.")
        sprint.activated = site.now()
    elif (sprint.state, state) == ("active", "closed"):
        sprint.completed = site.now()
    else:
        raise JiraError(400, f"A sprint can not go from {sprint.state} to {state}.")
    sprint.state = "active" if state == "active" else "closed"
    if state == "closed":
        left = [x for x in site.issues.values() if sprint.id in sprints_of(x) and not x.resolution]
        put_into(site, editor, left, None)


def rank(site: Site, issues: Sequence[Issue], before: Issue | None, after: Issue | None) -> None:
    """Rank issues just before one, or just after one, in the order given."""
    moved = {issue.id for issue in issues}
    rest = sorted(
        (x for x in site.issues.values() if x.id not in moved), key=lambda x: (x.rank, int(x.id))
    )
    anchor = before or after
    if anchor is None or anchor.id in moved:
        raise JiraError(400, "Either rankBeforeIssue or rankAfterIssue must name another issue.")
    at = rest.index(anchor) + (before is None)
    low = rest[at - 1].rank if at > 0 else None
    high = rest[at].rank if at < len(rest) else None
    if low is None:
        low = (high or 0.0) - len(issues) - 1
    if high is None:
        high = low + len(issues) + 1
    step = (high - low) / (len(issues) + 1)
    if step < _SUFFICES:
        _spread(rest)
        rank(site, issues, before, after)
        return
    for number, issue in enumerate(issues, 1):
        issue.rank = low + step * number


def _spread(issues: Iterable[Issue]) -> None:
    """Make room between ranks that have come too near."""
    for number, issue in enumerate(issues):
        issue.rank = float(number)


def shown_rank(issue: Issue) -> str:
    """Show a rank as Jira does: a text that sorts as the rank does."""
    return f"0|i{int((issue.rank + 2**20) * 2**20):015x}:"


def shown_sprint(site: Site, identifier: int, moment: Any) -> dict[str, Any]:
    """Show a sprint as it stands in an issue's field; `moment` shows an instant."""
    sprint = site.planning.sprints.get(identifier)
    if sprint is None:
        return {"id": identifier, "name": "", "state": "closed"}
    result: dict[str, Any] = {
        "id": sprint.id,
        "name": sprint.name,
        "state": sprint.state,
        "boardId": sprint.board,
        "goal": sprint.goal,
    }
    for name, at in (("start", sprint.start), ("end", sprint.end), ("complete", sprint.completed)):
        if at is not None:
            result[f"{name}Date"] = moment(at)
    return result


def told_sprint(site: Site, identifier: int, moment: Any) -> str:
    """Tell a sprint as Data Center has it in an issue's field: a text, not an object."""
    told = shown_sprint(site, identifier, moment)
    parts = {
        "id": identifier,
        "rapidViewId": told.get("boardId"),
        "state": told["state"].upper(),
        "name": told["name"],
        **{name: told.get(name) for name in ("startDate", "endDate", "completeDate")},
        "activatedDate": told.get("startDate"),
        "sequence": identifier,
        "goal": told.get("goal"),
    }
    words = ",".join(f"{k}={'<null>' if v is None else v}" for k, v in parts.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{identifier:x}[{words}]"


def instant(text: Any, name: str) -> datetime | None:
    """Read an instant of a request; None for none."""
    if text is None or text == "":
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise JiraError(400, f"The date '{text}' of {name} is not valid.") from None
    if moment.tzinfo is None:
        raise JiraError(400, f"The date '{text}' of {name} has no offset.")
    return moment
