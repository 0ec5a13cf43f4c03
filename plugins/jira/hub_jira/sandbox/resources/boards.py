"""Boards of the agile API (`/rest/agile/1.0`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from hub_jira.sandbox import agile
from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.planning import Board
from hub_jira.sandbox.resources import versions
from hub_jira.sandbox.resources.paging import FARTHEST
from hub_jira.sandbox.sharing import shared

ROOT: Final = "/rest/agile/1.0/"
T = TypeVar("T")
_KINDS: Final = ("scrum", "kanban", "simple")


def root(call: Call) -> str:
    """Give the address of the agile API."""
    return f"{call.site.base_url}/rest/agile/1.0"


def values(call: Call, entries: Sequence[T], show: Callable[[T], Any]) -> Answer:
    """Give a page in the form of this API."""
    cut = page(entries, call.number("startAt", 0, FARTHEST), call.number("maxResults", 50, 1000))
    shown = [show(entry) for entry in cut.pop("shown")]
    last = cut["startAt"] + len(shown) >= cut["total"]
    return Answer({**cut, "isLast": last, "values": shown})


def issues(call: Call, found: Sequence[Issue]) -> Answer:
    """Give a page of issues; `jql` narrows them."""
    if jql := call.query.get("jql"):
        try:
            search = compile_query(jql, call.site, Asker(call.user, call.site.now()))
        except JqlError as error:
            raise JiraError(400, *error.messages) from None
        found = [issue for issue in found if search.matches(issue)]
        found = search.sort(found) if search.order else found
    cut = page(found, call.number("startAt", 0, FARTHEST), call.number("maxResults", 50, 1000))
    fields = call.names("fields") or ["*navigable"]
    shown = call.view.several(cut.pop("shown"), fields, call.names("expand"))
    return Answer({"expand": "schema,names", **cut, **shown})


def shown(call: Call, board: Board) -> dict[str, Any]:
    """Show a board."""
    result: dict[str, Any] = {
        "id": board.id,
        "self": f"{root(call)}/board/{board.id}",
        "name": board.name,
        "type": board.kind,
    }
    project = call.site.projects.get(board.project or "")
    if project is not None and call.site.cloud:
        result["location"] = {
            "projectId": int(project.id),
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": project.type_key,
            "name": f"{project.name} ({project.key})",
        }
    return result


def find(call: Call, identifier: str) -> Board:
    """Give a board that the caller sees."""
    number = int(identifier) if identifier.isdecimal() else -1
    board = call.site.planning.boards.get(number)
    if board is None or not _visible(call, board):
        raise JiraError(404, "The requested board cannot be viewed because it either does not "
                        "exist or you do not have permission to view it.")  # fmt: skip
    return board


def _visible(call: Call, board: Board) -> bool:
    saved = call.site.planning.filters.get(board.filter)
    return saved is None or shared(call.site, call.user, saved)


def _board(call: Call) -> Board:
    call.logged_in()
    return find(call, call.path["board"])


def listing(call: Call) -> Answer:
    """List the boards that the caller sees."""
    call.logged_in()
    query = call.query
    kinds, name = set(call.names("type")), query.get("name", "").lower()
    wanted = query.get("projectKeyOrId") or query.get("projectKeyOrID")
    project = call.site.project(wanted, call.user) if wanted else None
    found = [
        board
        for board in call.site.planning.boards.values()
        if _visible(call, board)
        and (not kinds or board.kind in kinds)
        and name in board.name.lower()
        and (project is None or _about(call, board, project.id))
    ]
    return values(call, found, lambda board: shown(call, board))


def _about(call: Call, board: Board, project: str) -> bool:
    if board.project == project:
        return True
    return any(x.project == project for x in agile.issues_of(call.site, board, call.user))


def create(call: Call) -> Answer:
    """Create a board over a filter."""
    call.logged_in()
    data = call.data
    name, kind = str(data.get("name") or ""), str(data.get("type") or "")
    saved = call.site.planning.filters.get(str(data.get("filterId")))
    if not name or len(name) > 255:
        raise JiraError(400, "The name of the board must have 1 to 255 characters.")
    if kind not in _KINDS:
        raise JiraError(400, f"The board type '{kind}' is not valid.")
    if saved is None or not shared(call.site, call.user, saved):
        raise JiraError(400, "The filter with the given id does not exist or is not visible.")
    location = data.get("location") or {}
    place = location.get("projectKeyOrId")
    project = call.site.project(str(place), call.user).id if place else None
    board = Board(
        id=int(call.site.new_id()), name=name, kind=_kind(kind), filter=saved.id, project=project
    )
    call.site.planning.boards[board.id] = board
    return Answer(shown(call, board), 201)


def _kind(text: str) -> Any:
    return text


def read(call: Call) -> Answer:
    """Read a board."""
    return Answer(shown(call, _board(call)))


def delete(call: Call) -> Answer:
    """Delete a board; its sprints go with it, its issues stay."""
    agile.close_board(call.site, call.editor, _board(call))
    return Answer(status=204)


def configuration(call: Call) -> Answer:
    """Tell how a board is set up: its filter, its columns, how it estimates and ranks."""
    board = _board(call)
    statuses = {x.status for x in agile.issues_of(call.site, board, call.user)}
    order = [status for status in call.site.statuses if status in statuses or not statuses]
    root_link = call.view.root
    columns = [
        {
            "name": call.site.statuses[status].name,
            "statuses": [{"id": status, "self": f"{root_link}/status/{status}"}],
        }
        for status in order
    ]
    link = f"{root_link}/filter/{board.filter}"
    result: dict[str, Any] = {
        **shown(call, board),
        "self": f"{root(call)}/board/{board.id}/configuration",
        "filter": {"id": board.filter, "self": link},
        "columnConfig": {"columns": columns, "constraintType": "issueCount"},
        "ranking": {"rankCustomFieldId": int(agile.RANK.removeprefix("customfield_"))},
    }
    if board.kind == "scrum":
        field = {"fieldId": agile.POINTS, "displayName": "Story Points"}
        result["estimation"] = {"type": "field", "field": field}
    return Answer(result)


def board_issues(call: Call) -> Answer:
    """List the issues of a board."""
    return issues(call, agile.issues_of(call.site, _board(call), call.user))


def backlog(call: Call) -> Answer:
    """List the issues of a board that are in no open sprint and not done."""
    board = _board(call)
    found = [
        issue
        for issue in agile.issues_of(call.site, board, call.user)
        if agile.open_sprint(call.site, issue) is None
        and call.site.statuses[issue.status].category != "done"
    ]
    return issues(call, found)


def projects(call: Call) -> Answer:
    """List the projects whose issues a board shows."""
    board = _board(call)
    seen = {x.project for x in agile.issues_of(call.site, board, call.user)}
    chosen = [p for p in call.site.projects.values() if p.id in seen or p.id == board.project]
    return values(call, chosen, call.view.project)


def board_versions(call: Call) -> Answer:
    """List the versions of a board's projects."""
    board = _board(call)
    seen = {x.project for x in agile.issues_of(call.site, board, call.user)} | {board.project}
    found = [v for v in call.site.planning.versions.values() if v.project in seen]
    if wish := call.query.get("released"):
        found = [version for version in found if version.released is (wish == "true")]
    return values(call, found, lambda version: versions.shown(call, version))


def by_filter(call: Call) -> Answer:
    """List the boards over a filter."""
    call.logged_in()
    wanted = call.path["filter"]
    found = [
        board
        for board in call.site.planning.boards.values()
        if board.filter == wanted and _visible(call, board)
    ]
    return values(call, found, lambda board: shown(call, board))


def quick_filters(call: Call) -> Answer:
    """List the quick filters of a board: there are none."""
    _board(call)
    nothing: list[dict[str, Any]] = []
    return values(call, nothing, lambda entry: entry)


ROUTES = (
    Route("GET", ROOT + "board", listing),
    Route("POST", ROOT + "board", create),
    Route("GET", ROOT + "board/filter/{filter}", by_filter),
    Route("GET", ROOT + "board/{board}", read),
    Route("DELETE", ROOT + "board/{board}", delete),
    Route("GET", ROOT + "board/{board}/configuration", configuration),
    Route("GET", ROOT + "board/{board}/issue", board_issues),
    Route("GET", ROOT + "board/{board}/backlog", backlog),
    Route("GET", ROOT + "board/{board}/project", projects),
    Route("GET", ROOT + "board/{board}/version", board_versions),
    Route("GET", ROOT + "board/{board}/quickfilter", quick_filters),
)
