"""Links between issues, their types, and links to what is outside."""

from __future__ import annotations

from hub_jira.sandbox import linking
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Issue, Link, LinkType, RemoteLink
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.finding import the_issue


def create(call: Call) -> Answer:
    """Link two issues; a comment may go with it, on the one that the link goes out of."""
    kind = linking.find_type(call.site, call.data.get("type"))
    inward = linking.end(call.editor, call.data.get("inwardIssue"))
    outward = linking.end(call.editor, call.data.get("outwardIssue"))
    said = call.data.get("comment")
    comment = call.talk.draft(outward, said) if isinstance(said, dict) else None
    link = linking.connect(call.editor, kind, inward, outward)
    if comment is not None:
        call.talk.enter(outward, comment)
    return Answer(status=201, headers={"location": f"{call.view.root}/issueLink/{link.id}"})


def _link(call: Call) -> Link:
    identifier = call.path["id"]
    if not identifier.isdigit():
        raise JiraError(400, f"The issue link id '{identifier}' is not a number.")
    link = call.site.relations.links.get(identifier)
    if link is None:
        raise JiraError(404, f"No issue link with id '{identifier}' exists.")
    for end in (link.inward, link.outward):
        call.site.issue(end, call.user)
    return link


def read(call: Call) -> Answer:
    """Read a link."""
    return Answer(call.view.link(_link(call)))


def delete(call: Call) -> Answer:
    """Remove a link."""
    linking.cut(call.editor, _link(call))
    return Answer(status=204)


def types(call: Call) -> Answer:
    """List the link types."""
    call.logged_in()
    kinds = call.site.relations.types.values()
    return Answer({"issueLinkTypes": [call.view.link_type(kind) for kind in kinds]})


def _type(call: Call) -> LinkType:
    call.logged_in()
    found = call.site.relations.types.get(call.path["id"])
    if found is None:
        raise JiraError(404, f"No issue link type with id '{call.path['id']}' found.")
    return found


def _administer(call: Call) -> None:
    if not call.site.may(call.logged_in(), "ADMINISTER"):
        raise JiraError(404, "You do not have the permission to administer issue link types.")


def read_type(call: Call) -> Answer:
    """Read a link type."""
    return Answer(call.view.link_type(_type(call)))


def create_type(call: Call) -> Answer:
    """Make a link type."""
    _administer(call)
    kind = LinkType(id=call.site.new_id(), name="", inward="", outward="")
    _fill(call, kind)
    call.site.relations.types[kind.id] = kind
    return Answer(call.view.link_type(kind), 201)


def edit_type(call: Call) -> Answer:
    """Change a link type."""
    _administer(call)
    kind = _type(call)
    _fill(call, kind)
    return Answer(call.view.link_type(kind))


def _fill(call: Call, kind: LinkType) -> None:
    given = {
        name: str(call.data.get(name) or getattr(kind, name))
        for name in ("name", "inward", "outward")
    }
    if missing := [name for name, text in given.items() if not text.strip()]:
        raise JiraError(400, errors={name: f"The {name} must be given." for name in missing})
    others = (x.name for x in call.site.relations.types.values() if x is not kind)
    if given["name"] in others:
        raise JiraError(404, f"An issue link type with name '{given['name']}' exists already.")
    for name, text in given.items():
        setattr(kind, name, text)


def delete_type(call: Call) -> Answer:
    """Delete a link type, and the links of it."""
    _administer(call)
    kind = _type(call)
    for link in [x for x in call.site.relations.links.values() if x.type == kind.id]:
        call.site.relations.cut(link)
    del call.site.relations.types[kind.id]
    return Answer(status=204)


def remote_links(call: Call) -> Answer:
    """List an issue's remote links, or read the one with a global id."""
    issue = _with_links(call)
    wanted = call.query.get("globalId")
    if wanted is None:
        return Answer([call.view.remote_link(issue, link) for link in issue.remote_links])
    found = next((x for x in issue.remote_links if x.global_id == wanted), None)
    if found is None:
        raise JiraError(404, f"No remote issue link with the global ID '{wanted}' exists.")
    return Answer(call.view.remote_link(issue, found))


def _with_links(call: Call) -> Issue:
    issue = the_issue(call)
    call.logged_in()
    return issue


def _remote(call: Call) -> tuple[Issue, RemoteLink]:
    issue = _with_links(call)
    wanted = call.path["link"]
    if not (wanted.isascii() and wanted.isdigit()):
        raise JiraError(400, f"The link id '{wanted}' is not a number.")
    found = next((x for x in issue.remote_links if x.id == int(wanted)), None)
    if found is None:
        raise JiraError(404, f"No remote issue link with ID '{wanted}' exists.")
    return issue, found


def set_remote(call: Call) -> Answer:
    """Create a remote link, or update the one with the same global id."""
    issue = _with_links(call)
    link, new = linking.set_remote(call.editor, issue, call.data)
    address = f"{call.view.root}/issue/{issue.id}/remotelink/{link.id}"
    return Answer({"id": link.id, "self": address}, 201 if new else 200)


def read_remote(call: Call) -> Answer:
    """Read a remote link by its id."""
    return Answer(call.view.remote_link(*_remote(call)))


def edit_remote(call: Call) -> Answer:
    """Replace a remote link."""
    linking.edit_remote(call.editor, *_remote(call), call.data)
    return Answer(status=204)


def delete_remote(call: Call) -> Answer:
    """Remove a remote link by its id."""
    linking.remove_remote(call.editor, *_remote(call))
    return Answer(status=204)


def delete_global(call: Call) -> Answer:
    """Remove a remote link by its global id."""
    issue = _with_links(call)
    wanted = call.query.get("globalId")
    if not wanted:
        raise JiraError(400, "The global ID must be given.")
    found = next((x for x in issue.remote_links if x.global_id == wanted), None)
    if found is None:
        raise JiraError(404, f"No remote issue link with the global ID '{wanted}' exists.")
    linking.remove_remote(call.editor, issue, found)
    return Answer(status=204)


def applications(call: Call) -> Answer:
    """List the applications that the site is linked with: none."""
    call.logged_in()
    return Answer({"list": []})


ROUTES = (
    Route("GET", "/rest/applinks/latest/listApplicationlinks", applications),
    Route("POST", "issueLink", create),
    Route("GET", "issueLink/{id}", read),
    Route("DELETE", "issueLink/{id}", delete),
    Route("GET", "issueLinkType", types),
    Route("POST", "issueLinkType", create_type),
    Route("GET", "issueLinkType/{id}", read_type),
    Route("PUT", "issueLinkType/{id}", edit_type),
    Route("DELETE", "issueLinkType/{id}", delete_type),
    Route("GET", "issue/{issue}/remotelink", remote_links),
    Route("POST", "issue/{issue}/remotelink", set_remote),
    Route("DELETE", "issue/{issue}/remotelink", delete_global),
    Route("GET", "issue/{issue}/remotelink/{link}", read_remote),
    Route("PUT", "issue/{issue}/remotelink/{link}", edit_remote),
    Route("DELETE", "issue/{issue}/remotelink/{link}", delete_remote),
)
