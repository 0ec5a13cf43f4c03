"""What `update` does to an issue beside its fields: comments, worklogs, links, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hub_jira.sandbox import attaching, linking, working
from hub_jira.sandbox.call import Call
from hub_jira.sandbox.fieldvalues import mapping
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError

Deed = Callable[[], object]


def prepare(call: Call, issue: Issue, body: Mapping[str, Any]) -> list[Deed]:
    """Give what is to be done; what can not be done is refused before anything was."""
    update = mapping(body.get("update"))
    deeds = []
    for name, verbs in _VERBS.items():
        entries = update.get(name) or []
        if not isinstance(entries, list) or not all(isinstance(x, Mapping) for x in entries):
            raise JiraError(400, f"The operations on '{name}' must be a list of objects.")
        for verb, value in (pair for entry in entries for pair in entry.items()):
            if verb not in verbs or not isinstance(value, Mapping):
                message = f"Field '{name}' does not support operation '{verb}'"
                raise JiraError(400, errors={name: message})
            deeds.append(verbs[verb](call, issue, value))
    return deeds


def perform(deeds: Sequence[Deed]) -> None:
    """Do it."""
    for deed in deeds:
        deed()


def _add_comment(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    draft = call.talk.draft(issue, value)
    return lambda: call.talk.enter(issue, draft)


def _edit_comment(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    comment = call.site.comment(issue, str(value.get("id")))
    return lambda: call.talk.edit(issue, comment, value)


def _remove_comment(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    comment = call.site.comment(issue, str(value.get("id")))
    return lambda: call.talk.delete(issue, comment)


def _add_worklog(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    query = {key: str(value[key]) for key in ("adjustEstimate", "newEstimate") if key in value}
    return lambda: working.add(call.editor, issue, value, query)


def _add_link(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    kind = linking.find_type(call.site, value.get("type"))
    if "outwardIssue" in value:
        other = linking.end(call.editor, value["outwardIssue"])
        return lambda: linking.connect(call.editor, kind, issue, other)
    other = linking.end(call.editor, value.get("inwardIssue"))
    return lambda: linking.connect(call.editor, kind, other, issue)


def _remove_attachment(call: Call, issue: Issue, value: Mapping[str, Any]) -> Deed:
    wanted = str(value.get("id"))
    entry = next((x for x in issue.attachments if x.id == wanted), None)
    if entry is None:
        raise JiraError(400, errors={"attachment": f"There is no attachment with id {wanted}."})
    return lambda: attaching.detach(call.editor, issue, entry)


_VERBS: Final[Mapping[str, Mapping[str, Callable[[Call, Issue, Mapping[str, Any]], Deed]]]] = {
    "comment": {"add": _add_comment, "edit": _edit_comment, "remove": _remove_comment},
    "worklog": {"add": _add_worklog},
    "issuelinks": {"add": _add_link},
    "attachment": {"remove": _remove_attachment},
}
