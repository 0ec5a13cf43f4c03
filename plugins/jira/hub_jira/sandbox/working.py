"""Worklogs: time that people worked, and what it does to the estimate of what remains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hub_jira.sandbox import durations
from hub_jira.sandbox.edits import Editor, read_properties
from hub_jira.sandbox.issue import ChangeItem, Issue, Worklog
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.parsing import FieldError
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Happened
from hub_jira.sandbox.talk import read_visibility

Query = Mapping[str, str]
_STARTED: Final = "%Y-%m-%dT%H:%M:%S.%f%z"
_ADJUSTMENTS: Final = {"auto": "", "leave": "", "new": "newEstimate", "manual": ""}


def add(editor: Editor, issue: Issue, body: Mapping[str, Any], query: Query) -> Worklog:
    """Add a worklog."""
    user = _may(editor, issue, "WORK_ON_ISSUES", "add")
    seconds = _amount(body, None)
    adjusted = _remaining(issue, query, -seconds, "reduceBy")
    site = editor.site
    now = site.now()
    worklog = Worklog(
        id=site.new_id(),
        author=user.account_id,
        update_author=user.account_id,
        created=now,
        updated=now,
        started=_started(body) or now,
        seconds=seconds,
        comment=_comment(editor, body),
        visibility=read_visibility(site, user, issue, body),
        properties=read_properties(body),
    )
    before = issue.time_spent
    issue.worklogs.append(worklog)
    site.owners[worklog.id] = issue.id
    _wrote(editor, issue, before, adjusted, "worklog_created")
    return worklog


def edit(
    editor: Editor, issue: Issue, worklog: Worklog, body: Mapping[str, Any], query: Query
) -> Worklog:
    """Change a worklog; what is left out stays, but for its visibility."""
    user = _may_change(editor, issue, worklog, "EDIT")
    site = editor.site
    seconds = _amount(body, worklog.seconds)
    adjusted = _remaining(issue, query, worklog.seconds - seconds, "")
    edited = replace(
        worklog,
        update_author=user.account_id,
        updated=site.now(),
        started=_started(body) or worklog.started,
        seconds=seconds,
        comment=_comment(editor, body) if "comment" in body else worklog.comment,
        visibility=read_visibility(site, user, issue, body),
        properties=worklog.properties | read_properties(body),
    )
    before = issue.time_spent
    issue.worklogs[issue.worklogs.index(worklog)] = edited
    _wrote(editor, issue, before, adjusted, "worklog_updated")
    return edited


def delete(editor: Editor, issue: Issue, worklog: Worklog, query: Query) -> None:
    """Delete a worklog."""
    _may_change(editor, issue, worklog, "DELETE")
    adjusted = _remaining(issue, query, worklog.seconds, "increaseBy")
    before = issue.time_spent
    issue.worklogs.remove(worklog)
    del editor.site.owners[worklog.id]
    editor.site.deleted_worklogs.append((worklog.id, editor.site.now()))
    _wrote(editor, issue, before, adjusted, "worklog_deleted")


def _may(editor: Editor, issue: Issue, right: str, verb: str) -> User:
    project = editor.site.projects[issue.project]
    message = f"You do not have the permission to {verb} this worklog."
    return editor.site.require(editor.user, right, project, message, 400)


def _may_change(editor: Editor, issue: Issue, worklog: Worklog, verb: str) -> User:
    own = editor.user is not None and worklog.author == editor.user.account_id
    return _may(editor, issue, f"{verb}_{'OWN' if own else 'ALL'}_WORKLOGS", verb.lower())


def _amount(body: Mapping[str, Any], default: int | None) -> int:
    if body.get("timeSpentSeconds") is not None:
        value = body["timeSpentSeconds"]
        amount = value if isinstance(value, int) and not isinstance(value, bool) else None
    elif body.get("timeSpent") is not None:
        amount = durations.seconds(str(body["timeSpent"]))
    elif default is not None:
        return default
    else:
        raise JiraError(400, errors={"timeLogged": "You must indicate the time spent working."})
    if amount is None or not 0 < amount < 2**31:
        raise JiraError(400, errors={"timeLogged": "Invalid time duration entered."})
    return amount


def _started(body: Mapping[str, Any]) -> datetime | None:
    text = body.get("started")
    if text is None:
        return None
    try:
        return datetime.strptime(str(text), _STARTED)  # noqa: DTZ007 - %z is in the form
    except ValueError:
        raise JiraError(400, f"Error parsing date string: {text}") from None


def _comment(editor: Editor, body: Mapping[str, Any]) -> RichText | None:
    try:
        return editor.parser.rich(body.get("comment"))
    except FieldError as error:
        raise JiraError(400, errors={"comment": str(error)}) from None


def _remaining(issue: Issue, query: Query, by: int, manual: str) -> int | None:
    """Give what remains afterwards; `manual` names the parameter that says by how much."""
    how = query.get("adjustEstimate", "auto")
    if how not in _ADJUSTMENTS:
        raise JiraError(400, f"'{how}' is not a valid value for 'adjustEstimate'.")
    name = _ADJUSTMENTS[how] or (manual if how == "manual" else "")
    amount = durations.seconds(query.get(name, "")) if name else 0
    if amount is None:
        raise JiraError(400, errors={name: f"You must supply a valid {name}."})
    now = issue.remaining_estimate
    if how == "new":
        return amount
    if how == "leave":
        return now
    change = by if how == "auto" else (-amount if manual == "reduceBy" else amount)
    return max(0, (now or 0) + change)


def _wrote(editor: Editor, issue: Issue, spent: int, remaining: int | None, event: str) -> None:
    items = []
    if issue.time_spent != spent:
        items.append(_item("timespent", spent or None, issue.time_spent))
    if issue.remaining_estimate != remaining:
        items.append(_item("timeestimate", issue.remaining_estimate, remaining))
        issue.remaining_estimate = remaining
    editor.record(issue, items)
    if editor.user is not None:
        site = editor.site
        site.tell(Happened(event=event, user=editor.user, issue=issue, at=site.now()))


def _item(name: str, old: int | None, new: int | None) -> ChangeItem:
    before, after = (None if value is None else str(value) for value in (old, new))
    return ChangeItem(
        field=name, field_id=name, old=before, old_text=before, new=after, new_text=after
    )
