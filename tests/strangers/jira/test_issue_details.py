"""The `jira` package looks closely at issues: texts as HTML, screens, who gets them, their work."""

from __future__ import annotations

from typing import Any

import pytest
from jira import JIRA, JIRAError


def test_texts_are_rendered_where_that_is_asked(site: Any, admin: JIRA) -> None:
    """Comments on their own, and the fields of an issue; not unless asked."""
    issue = site.issue(
        admin, site.project(admin), description="h2. Why\n\n*bold* & [x|https://x.y]"
    )
    made = admin.add_comment(issue, "First comment")

    listed = admin.comments(issue, expand="renderedBody")
    plain = admin.comment(issue.key, made.id)
    whole = admin.issue(issue.key, expand="renderedFields,schema,names,editmeta")

    assert ["<p>First comment</p>"] == [entry.renderedBody for entry in listed]
    assert not hasattr(plain, "renderedBody")
    assert whole.renderedFields.description == (
        '<h2>Why</h2>\n<p><b>bold</b> &amp; <a href="https://x.y" class="external-link" '
        'rel="nofollow">x</a></p>'
    )
    assert whole.renderedFields.comment.comments[0].body == "<p>First comment</p>"
    assert whole.renderedFields.created
    assert whole.renderedFields.issuetype is None
    assert whole.raw["schema"]["labels"] == {"type": "array", "items": "string", "system": "labels"}
    assert whole.raw["names"]["duedate"] == "Due date"
    assert hasattr(whole.editmeta.fields, "attachment")


def test_found_issues_share_the_names_of_their_fields(server: Any) -> None:
    """They stand once, beside the issues."""
    admin = server.login()
    issue = server.issue(admin, server.project(admin))

    wanted = {"fields": "duedate,labels", "expand": "names,schema"}
    found = admin.search_issues(f"key = {issue.key}", json_result=True, **wanted)

    assert set(found["issues"][0]["fields"]) == {"duedate", "labels"} == set(found["schema"])
    assert found["names"] == {"duedate": "Due date", "labels": "Labels"}
    assert "names" not in found["issues"][0]


def test_an_address_that_is_too_long_is_refused(server: Any) -> None:
    """Such a query goes in the body."""
    admin = server.login()
    issue = server.issue(admin, server.project(admin))
    query = " OR ".join([f"key = {issue.key}"] * 1000)

    with pytest.raises(JIRAError) as refused:
        admin.search_issues(query)

    assert refused.value.status_code == 400
    assert [issue.key] == [entry.key for entry in admin.search_issues(query, use_post=True)]


def test_an_issue_goes_by_itself_to_whom_its_project_says(site: Any, admin: JIRA) -> None:
    """To its component's lead, else to the project's; at once, or when it is given back."""
    project = site.project(admin)
    admin._session.put(admin._get_url(f"project/{project}"), json={"assigneeType": "PROJECT_LEAD"})
    other = site.login(admin=False).myself()
    who = other["accountId"] if site.cloud else other["name"]
    lead = {"leadAccountId": who} if site.cloud else {"leadUserName": who}
    part = {"name": "Core", "project": project, "assigneeType": "COMPONENT_LEAD", **lead}
    admin._session.post(admin._get_url("component"), json=part)

    plain = site.issue(admin, project)
    within = site.issue(admin, project, components=[{"name": "Core"}])
    nobodys = site.issue(admin, project, assignee=None)
    admin.assign_issue(nobodys.key, "-1")

    mine = admin.myself()["displayName"]
    assert plain.fields.assignee.displayName == mine
    assert within.fields.assignee.displayName == other["displayName"]
    assert nobodys.fields.assignee is None
    assert admin.issue(nobodys.key).fields.assignee.displayName == mine


@pytest.mark.filterwarnings("ignore:This API have been deprecated:DeprecationWarning")
def test_screens_offer_a_projects_own_components_and_versions(server: Any) -> None:
    """And no others, nor those that are archived; by the old form too, until it was removed."""
    admin = server.login()
    project, other = server.project(admin), server.project(admin)
    admin.create_component("Core", project)
    admin.create_version("1.0", project)
    admin.create_version("0.9", project).update(archived=True)
    admin.create_version("9.0", other)
    ids = [admin.project(project).id]

    deep = "projects.issuetypes.fields"
    meta = admin.createmeta(projectIds=ids, issuetypeNames="Bug", expand=deep)
    fields = meta["projects"][0]["issuetypes"][0]["fields"]
    newer = admin.project_issue_fields(project, admin.issue_type_by_name("Bug").id)

    assert [project] == [entry["key"] for entry in meta["projects"]]
    assert ["Core"] == [entry["name"] for entry in fields["components"]["allowedValues"]]
    assert ["1.0"] == [entry["name"] for entry in fields["fixVersions"]["allowedValues"]]
    offered = next(field for field in newer if field.fieldId == "versions").allowedValues
    assert ["1.0"] == [entry.name for entry in offered]
    server.sandbox.act("version", {"version": "9.12.15"})
    assert admin.server_info()["versionNumbers"] == [9, 12, 15]
    with pytest.raises(JIRAError, match="Issue Does Not Exist"):
        admin._get_json("issue/createmeta")


def test_a_type_that_is_not_there_is_refused_as_server_does(server: Any) -> None:
    """By name it is as if none had been given; one of another project is no valid one."""
    admin = server.login()
    project = server.project(admin)
    fields = {"project": {"key": project}, "summary": "one"}
    wanted = [{"name": "Incident"}, {"name": "Service Request"}, {"name": "Bug"}]

    made = admin.create_issues([{**fields, "issuetype": kind} for kind in wanted])

    assert [
        {"issuetype": "issue type is required"},
        {"issuetype": "valid issue type is required"},
        None,
    ] == [entry["error"] for entry in made]


def test_work_that_was_not_foreseen_leaves_nothing_to_do(site: Any, admin: JIRA) -> None:
    """Work that is taken back then remains to be done."""
    issue = site.issue(admin, site.project(admin))
    log = admin.add_worklog(issue.key, "3h")
    log.update(timeSpent="2h")

    after = admin.issue(issue.key).fields.timetracking.remainingEstimate
    log.delete()

    assert (after, admin.issue(issue.key).fields.timetracking.remainingEstimate) == ("1h", "3h")


def test_the_work_on_subtasks_counts_for_their_parent(site: Any, admin: JIRA) -> None:
    """In its sums, not in its own fields."""
    project = site.project(admin)
    estimate = {"originalEstimate": "2h", "remainingEstimate": "2h"}
    parent = site.issue(admin, project, timetracking=estimate)
    part = admin.create_issue(
        project=project, summary="part", issuetype={"name": "Sub-task"},
        parent={"key": parent.key}, timetracking={"originalEstimate": "3h"},
    )  # fmt: skip
    admin.add_worklog(part.key, "1h")

    fields = admin.issue(parent.key).fields

    assert (fields.timeoriginalestimate, fields.timespent) == (7200, None)
    assert fields.aggregatetimeoriginalestimate == 5 * 3600
    assert (fields.aggregatetimeestimate, fields.aggregatetimespent) == (4 * 3600, 3600)
    assert (fields.aggregateprogress.progress, fields.aggregateprogress.percent) == (3600, 20)
    assert fields.progress.progress == 0
    assert site.cloud is hasattr(fields, "statuscategorychangedate")


def test_a_vote_that_was_not_given_is_taken_back_all_the_same(site: Any, admin: JIRA) -> None:
    """The description of Cloud says 404; a live one does not mind, as Server does not."""
    issue = site.issue(admin, site.project(admin))
    other = site.login(admin=False)

    other.remove_vote(issue.key)

    assert other.votes(issue.key).votes == 0


def test_who_makes_an_issue_or_comments_on_it_watches_it(site: Any, admin: JIRA) -> None:
    """Until they no longer want to."""
    other = site.login(admin=False)
    issue = site.issue(admin, site.project(admin))
    other.add_comment(issue.key, "me too")
    other.add_comment(issue.key, "again")

    watched = admin.watchers(issue.key)
    me = other.myself()
    other.remove_watcher(issue.key, me["accountId"] if site.cloud else me["name"])

    assert (2, True) == (watched.watchCount, watched.isWatching)
    assert me["displayName"] in {entry.displayName for entry in watched.watchers}
    assert not other.watchers(issue.key).isWatching


def test_comments_are_pinned_above_the_others(server: Any) -> None:
    """From Data Center 9.0 on; who may not read one does not see that it is pinned."""
    admin, other = server.login(), server.login(admin=False)
    issue = server.issue(admin, server.project(admin)).key
    first, second = admin.add_comment(issue, "1"), admin.add_comment(issue, "2")
    hidden = admin.add_comment(
        issue, "3", visibility={"type": "group", "value": "jira-administrators"}
    )
    with pytest.raises(JIRAError):
        admin.pin_comment(issue, first.id, pin=True)
    server.sandbox.act("version", {"version": "9.12.15"})

    for comment in (second, first, hidden):
        admin.pin_comment(issue, comment.id, pin=True)
    admin.pin_comment(issue, second.id, pin=False)

    assert ["1", "3"] == [entry.comment.body for entry in admin.pinned_comments(issue)]
    assert [("1", "admin")] == [
        (entry.comment.body, entry.pinnedBy) for entry in other.pinned_comments(issue)
    ]
