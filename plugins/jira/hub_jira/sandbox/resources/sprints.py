"""Sprints, backlog, ranks and epics of the agile API (`/rest/agile/1.0`)."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox import agile
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.planning import Sprint
from hub_jira.sandbox.resources.boards import ROOT, find, issues, root, values
from hub_jira.sandbox.site import named

_MOST = 50
_BECAME = {"active": "started", "closed": "closed"}


def shown(call: Call, sprint: Sprint) -> dict[str, Any]:
    """Show a sprint."""
    result: dict[str, Any] = {
        "id": sprint.id,
        "self": f"{root(call)}/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": sprint.board,
        "goal": sprint.goal,
    }
    moments = {
        "createdDate": sprint.created, "startDate": sprint.start, "endDate": sprint.end,
        "activatedDate": sprint.activated, "completeDate": sprint.completed,
    }  # fmt: skip
    for name, at in moments.items():
        if at is not None:
            result[name] = call.view.moment(at)
    return result


def _sprint(call: Call, identifier: str = "") -> Sprint:
    call.logged_in()
    text = identifier or call.path["sprint"]
    sprint = call.site.planning.sprints.get(int(text) if text.isdecimal() else -1)
    if sprint is None:
        raise JiraError(404, "The sprint with id " + text + " does not exist.")
    return sprint


def of_board(call: Call) -> Answer:
    """List the sprints of a board."""
    call.logged_in()
    board = find(call, call.path["board"])
    if board.kind == "kanban":
        raise JiraError(400, "The board does not support sprints")
    states = set(call.names("state"))
    found = [
        sprint
        for sprint in call.site.planning.sprints.values()
        if sprint.board == board.id and (not states or sprint.state in states)
    ]
    return values(call, found, lambda sprint: shown(call, sprint))


def _text(call: Call, name: str, longest: int) -> str:
    text = str(call.data.get(name) or "")
    if len(text) > longest:
        raise JiraError(400, errors={name: f"The {name} must have at most {longest} characters."})
    return text


def create(call: Call) -> Answer:
    """Create a future sprint."""
    call.logged_in()
    name = _text(call, "name", 255 if call.site.cloud else 30)
    if not name:
        raise JiraError(400, errors={"name": "The name of the sprint is required."})
    board = find(call, str(call.data.get("originBoardId") or ""))
    sprint = Sprint(
        id=int(call.site.new_id()),
        name=name,
        board=board.id,
        goal=_text(call, "goal", 32_767),
        created=call.site.now(),
        start=agile.instant(call.data.get("startDate"), "startDate"),
        end=agile.instant(call.data.get("endDate"), "endDate"),
    )
    call.site.planning.sprints[sprint.id] = sprint
    call.tell("sprint_created", sprint=shown(call, sprint))
    return Answer(shown(call, sprint), 201)


def read(call: Call) -> Answer:
    """Read a sprint."""
    return Answer(shown(call, _sprint(call)))


def replace(call: Call) -> Answer:
    """Change a sprint wholly: what is not sent is emptied, but for name and state."""
    sprint = _sprint(call)
    sprint.goal, sprint.start, sprint.end = "", None, None
    return _change(call, sprint)


def update(call: Call) -> Answer:
    """Change a sprint; what is not sent stays. A new state starts or closes it."""
    return _change(call, _sprint(call))


def _change(call: Call, sprint: Sprint) -> Answer:
    data = call.data
    if sprint.state == "closed":
        raise JiraError(400, "A closed sprint can not be changed.")
    sprint.name = _text(call, "name", 255) or sprint.name
    if "goal" in data:
        sprint.goal = _text(call, "goal", 32_767)
    if "startDate" in data:
        sprint.start = agile.instant(data["startDate"], "startDate")
    if "endDate" in data:
        sprint.end = agile.instant(data["endDate"], "endDate")
    if sprint.start and sprint.end and sprint.end <= sprint.start:
        raise JiraError(400, errors={"endDate": "The end date must be after the start date."})
    before = sprint.state
    if state := data.get("state"):
        agile.change_state(call.site, call.editor, sprint, str(state).lower())
    event = "updated" if sprint.state == before else _BECAME[sprint.state]
    call.tell(f"sprint_{event}", sprint=shown(call, sprint))
    return Answer(shown(call, sprint))


def delete(call: Call) -> Answer:
    """Delete a sprint; its issues go to the backlog."""
    sprint = _sprint(call)
    for issue in call.site.issues.values():
        left = [x for x in agile.sprints_of(issue) if x != sprint.id]
        if left != agile.sprints_of(issue):
            call.editor.change(issue, {agile.SPRINT: left or None})
    del call.site.planning.sprints[sprint.id]
    call.tell("sprint_deleted", sprint=shown(call, sprint))
    return Answer(status=204)


def swap(call: Call) -> Answer:
    """Swap two sprints in their order."""
    first = _sprint(call)
    second = _sprint(call, str(call.data.get("sprintToSwapWith")))
    order = list(call.site.planning.sprints.values())
    one, two = order.index(first), order.index(second)
    order[one], order[two] = second, first
    call.site.planning.sprints = {sprint.id: sprint for sprint in order}
    return Answer(status=204)


def _issues(call: Call, name: str = "issues") -> list[Issue]:
    sent = call.data.get(name) or []
    keys = sent.split(",") if isinstance(sent, str) else call.listed(name)
    if len(keys) > _MOST:
        raise JiraError(400, f"The number of issues must not exceed {_MOST}.")
    return [call.site.issue(str(key).strip(), call.logged_in()) for key in keys]


def move_in(call: Call) -> Answer:
    """Move issues into a sprint."""
    sprint = _sprint(call)
    if sprint.state == "closed":
        raise JiraError(400, "Issues can be moved to an open sprint only.")
    agile.put_into(call.site, call.editor, _issues(call), sprint)
    _rank(call, optional=True)
    return Answer(status=204)


def move_out(call: Call) -> Answer:
    """Move issues to the backlog, of a board if one is named."""
    if "board" in call.path:
        find(call, call.path["board"])
    agile.put_into(call.site, call.editor, _issues(call), None)
    return Answer(status=204)


def sprint_issues(call: Call) -> Answer:
    """List the issues of a sprint."""
    sprint = _sprint(call)
    board = call.site.planning.boards[sprint.board]
    inside = agile.issues_of(call.site, board, call.user)
    return issues(call, [x for x in inside if sprint.id in agile.sprints_of(x)])


def sprint_of_board_issues(call: Call) -> Answer:
    """List the issues of a sprint that a board shows."""
    board = find(call, call.path["board"])
    sprint = _sprint(call)
    inside = agile.issues_of(call.site, board, call.user)
    return issues(call, [x for x in inside if sprint.id in agile.sprints_of(x)])


def rank(call: Call) -> Answer:
    """Rank issues before or after another."""
    _rank(call, optional=False)
    return Answer(status=204)


def _rank(call: Call, *, optional: bool) -> None:
    data, user = call.data, call.logged_in()
    before, after = data.get("rankBeforeIssue"), data.get("rankAfterIssue")
    if optional and not (before or after):
        return
    moved = _issues(call)
    anchor = call.site.issue(str(before or after), user) if before or after else None
    if [anchor] != moved:  # before or after itself, an issue stays where it is
        agile.rank(call.site, moved, *((anchor, None) if before else (None, anchor)))


def agile_issue(call: Call) -> Answer:
    """Read an issue with what the agile API knows of it."""
    issue = call.site.issue(call.path["issue"], call.logged_in())
    result = call.view.issue(issue, call.names("fields") or ["*all"], call.names("expand"))
    fields = result.setdefault("fields", {})
    inside = agile.open_sprint(call.site, issue)
    fields["sprint"] = shown(call, inside) if inside else None
    closed = [call.site.planning.sprints.get(x) for x in agile.sprints_of(issue)]
    past = [shown(call, x) for x in closed if x is not None and x.state == "closed"]
    fields["closedSprints"] = past or None
    fields["flagged"] = False
    epic = call.site.find_issue(str(issue.custom.get(agile.EPIC_LINK) or ""))
    fields["epic"] = _shown_epic(call, epic) if epic else None
    return Answer(result)


def estimation(call: Call) -> Answer:
    """Read what an issue is estimated at."""
    issue = call.site.issue(call.path["issue"], call.logged_in())
    find(call, call.query.get("boardId", ""))
    value = issue.custom.get(agile.POINTS)
    return Answer({"fieldId": agile.POINTS, "value": None if value is None else str(value)})


def estimate(call: Call) -> Answer:
    """Estimate an issue."""
    issue = call.site.issue(call.path["issue"], call.logged_in())
    find(call, call.query.get("boardId", ""))
    try:
        value = float(call.data.get("value") or 0)
    except ValueError:
        raise JiraError(400, "The estimate must be a number.") from None
    call.editor.change(issue, {agile.POINTS: value})
    return Answer({"fieldId": agile.POINTS, "value": str(value)})


def _shown_epic(call: Call, epic: Issue) -> dict[str, Any]:
    return {
        "id": int(epic.id),
        "key": epic.key,
        "self": f"{root(call)}/epic/{epic.id}",
        "name": str(epic.custom.get(agile.EPIC_NAME) or epic.summary),
        "summary": epic.summary,
        "color": {"key": "color_1"},
        "done": call.site.statuses[epic.status].category == "done",
    }


def _epic(call: Call) -> Issue:
    issue = call.site.issue(call.path["epic"], call.logged_in())
    kind = named(call.site.issue_types.values(), "Epic")
    if kind is None or issue.issue_type != kind.id:
        raise JiraError(404, f"The issue '{issue.key}' is not an epic.")
    return issue


def epics(call: Call) -> Answer:
    """List the epics of a board."""
    board = find(call, call.path["board"])
    kind = named(call.site.issue_types.values(), "Epic")
    entries = agile.issues_of(call.site, board, call.user)
    found = [x for x in entries if kind and x.issue_type == kind.id]
    return values(call, found, lambda epic: _shown_epic(call, epic))


def read_epic(call: Call) -> Answer:
    """Read an epic."""
    return Answer(_shown_epic(call, _epic(call)))


def update_epic(call: Call) -> Answer:
    """Rename an epic."""
    epic = _epic(call)
    changes: dict[str, Any] = {}
    if "name" in call.data:
        changes[agile.EPIC_NAME] = str(call.data["name"])
    if "summary" in call.data:
        changes["summary"] = str(call.data["summary"])
    call.editor.change(epic, changes)
    return Answer(_shown_epic(call, epic))


def join_epic(call: Call) -> Answer:
    """Put issues below an epic."""
    epic = _epic(call)
    for issue in _issues(call):
        call.editor.change(issue, {agile.EPIC_LINK: epic.key})
    return Answer(status=204)


def leave_epic(call: Call) -> Answer:
    """Take issues from below their epics."""
    for issue in _issues(call):
        call.editor.change(issue, {agile.EPIC_LINK: None})
    return Answer(status=204)


def epic_issues(call: Call) -> Answer:
    """List the issues below an epic."""
    epic = _epic(call)
    entries = call.site.issues.values()
    found = [x for x in entries if x.custom.get(agile.EPIC_LINK) == epic.key or x.parent == epic.id]
    return issues(call, found)


def orphans(call: Call) -> Answer:
    """List the issues of a board that are below no epic."""
    board = find(call, call.path["board"])
    inside = agile.issues_of(call.site, board, call.user)
    epics = {x.id for x in inside if call.site.issue_types[x.issue_type].name == "Epic"}
    free = (x for x in inside if x.id not in epics and not x.custom.get(agile.EPIC_LINK))
    return issues(call, [x for x in free if x.parent not in epics])


ROUTES = (
    Route("GET", ROOT + "board/{board}/epic/none/issue", orphans),
    Route("GET", ROOT + "board/{board}/sprint", of_board),
    Route("GET", ROOT + "board/{board}/sprint/{sprint}/issue", sprint_of_board_issues),
    Route("GET", ROOT + "board/{board}/epic", epics),
    Route("POST", ROOT + "sprint", create),
    Route("GET", ROOT + "sprint/{sprint}", read),
    Route("PUT", ROOT + "sprint/{sprint}", replace),
    Route("POST", ROOT + "sprint/{sprint}", update),
    Route("DELETE", ROOT + "sprint/{sprint}", delete),
    Route("POST", ROOT + "sprint/{sprint}/swap", swap),
    Route("GET", ROOT + "sprint/{sprint}/issue", sprint_issues),
    Route("POST", ROOT + "sprint/{sprint}/issue", move_in),
    Route("POST", ROOT + "backlog/issue", move_out),
    Route("POST", ROOT + "backlog/{board}/issue", move_out),
    Route("PUT", ROOT + "issue/rank", rank),
    Route("GET", ROOT + "issue/{issue}", agile_issue),
    Route("GET", ROOT + "issue/{issue}/estimation", estimation),
    Route("PUT", ROOT + "issue/{issue}/estimation", estimate),
    Route("POST", ROOT + "epic/none/issue", leave_epic),
    Route("GET", ROOT + "epic/{epic}", read_epic),
    Route("POST", ROOT + "epic/{epic}", update_epic),
    Route("GET", ROOT + "epic/{epic}/issue", epic_issues),
    Route("POST", ROOT + "epic/{epic}/issue", join_epic),
)
