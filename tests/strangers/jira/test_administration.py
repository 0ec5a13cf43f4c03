"""The `jira` package administers a site: projects, users, groups, roles, schemes, settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jira import JIRA, JIRAError


def test_a_project_is_made_seen_changed_and_deleted(site: Any, admin: JIRA) -> None:
    """With its types, its statuses and its workflow; a deleted one is as if it had never been."""
    key = site.project(admin)
    project = admin.project(key, expand="projectKeys")
    types = admin.issue_types_for_project(key)
    with pytest.raises(JIRAError) as taken:
        admin.create_project(key, "Another")

    assert [key] == project.projectKeys
    assert key in {entry.key for entry in admin.projects()}
    assert {"Bug", "Epic", "Sub-task"} <= {kind.name for kind in types}
    assert {"To Do", "In Progress", "Done"} == {x.name for kind in types for x in kind.statuses}
    assert "uses this project key" in taken.value.text
    assert admin.delete_project(key)
    with pytest.raises(JIRAError, match="No project could be found with key"):
        admin.project(key)


def test_who_is_no_administrator_makes_no_project(site: Any) -> None:
    """Nor may they delete one."""
    key = site.project(site.login())
    ordinary = site.login(admin=False)

    with pytest.raises(JIRAError) as made:
        ordinary.create_project("NOPE", "No")
    with pytest.raises(JIRAError) as gone:
        ordinary.delete_project(key)

    assert made.value.status_code == 403
    assert gone.value.status_code == (404 if site.cloud else 401)


def test_components_live(site: Any, admin: JIRA) -> None:
    """Create, list, lead, count, delete."""
    key = site.project(admin)
    lead = {} if site.cloud else {"leadUserName": admin.current_user()}
    component = admin.create_component("core", key, description="first", **lead)
    component.update(name="kernel", description="second", **lead)
    issue = site.issue(admin, key, components=[{"name": "kernel"}])

    assert ["kernel"] == [entry.name for entry in admin.project_components(key)]
    assert admin.component(component.id).description == "second"
    assert 1 == admin.component_count_related_issues(component.id)
    assert ["kernel"] == [entry.name for entry in issue.fields.components]
    component.delete()
    assert admin.issue(issue.key).fields.components == []
    with pytest.raises(JIRAError):
        admin.component(component.id)


def test_versions_live(site: Any, admin: JIRA) -> None:
    """Create, rename, order, release, count, merge into nothing."""
    key = site.project(admin)
    one = admin.create_version("1.0", key, releaseDate="2015-03-11", description="first")
    two = admin.create_version("2.0", admin.project(key))
    admin.move_version(two.id, position="First")
    admin.rename_version(key, "1.0", "1.1")
    issue = site.issue(admin, key)
    issue.update(fields={"fixVersions": [{"id": one.id}], "versions": [{"name": "2.0"}]})
    one.update(released=True)

    assert ["2.0", "1.1"] == [entry.name for entry in admin.project_versions(key)]
    assert admin.version(one.id).released
    assert admin.get_project_version_by_name(key, "1.0") is None
    counts = admin.version_count_related_issues(one.id)
    assert (1, 0) == (counts["issuesFixedCount"], counts["issuesAffectedCount"])
    assert 1 == admin.version_count_unresolved_issues(one.id)
    found = admin.enhanced_search_issues if site.cloud else admin.search_issues
    assert [issue.key] == [x.key for x in found(f"fixVersion in releasedVersions({key})")]
    assert [issue.key] == [x.key for x in found('fixVersion changed to "1.1"')]
    two.delete()
    assert admin.issue(issue.key).fields.versions == []


def test_a_filter_is_kept_and_found_again(site: Any, admin: JIRA) -> None:
    """A favourite, of its owner alone until it is shared; a query that can not be is refused."""
    ordinary = site.login(admin=False)
    saved = admin.create_filter("mine", "of mine", "project = RND", favourite=True)
    with pytest.raises(JIRAError) as hidden:
        ordinary.filter(saved.id)
    admin.update_filter(saved.id, name="ours", jql="project = LIB")
    bare = admin.create_filter("bare", None, "project = RND")

    assert ["ours"] == [entry.name for entry in admin.favourite_filters()]
    assert (admin.filter(saved.id).jql, saved.description) == ("project = LIB", "of mine")
    assert not hasattr(bare, "description")
    assert hidden.value.status_code == 400
    with pytest.raises(JIRAError, match="Field 'colour' does not exist"):
        admin.create_filter("bad", "", "colour = red")
    saved.delete()
    assert admin.favourite_filters() == []


def test_groups_hold_users(server: Any) -> None:
    """Made, filled, paged, emptied, deleted."""
    admin = server.login()
    assert admin.add_user("neu", "neu@vendor.example", password="x")
    assert admin.add_user("neu", "neu@vendor.example", ignore_existing=True)
    assert admin.add_group("testers")
    admin.add_user_to_group("neu", "testers")

    members = admin.group_members("testers")

    assert {"neu"} == set(members)
    assert members["neu"]["email"] == "neu@vendor.example"
    assert ["testers"] == admin.groups("testers")
    assert admin.group("testers").name == "testers"
    assert "admin" in admin.group_members("jira-administrators")
    assert admin.remove_user_from_group("neu", "testers")
    assert not admin.group_members("testers")
    assert admin.remove_group("testers")
    assert admin.groups("testers") == []
    admin.rename_user("neu", "alt")
    assert admin.user("alt").displayName == "neu"
    assert admin.delete_user("alt")
    assert admin.search_users("alt") == []


def test_a_user_with_traces_is_not_deleted(server: Any) -> None:
    """Whoever reported an issue stays."""
    server.issue(server.login(admin=False), "RND")

    with pytest.raises(JIRAError, match="Cannot delete user"):
        server.login().delete_user("jira_user")


def test_a_user_is_deactivated_by_the_administrators_form(server: Any) -> None:
    """They log in no more and are assigned nothing, but stay where they were named."""
    admin, other = server.login(), server.login(admin=False)
    issue = server.issue(admin, server.project(admin), assignee={"name": "jira_user"})

    assert admin.deactivate_user("jira_user") is True

    assert not admin.user("jira_user").active
    assert admin.issue(issue.key).fields.assignee.name == "jira_user"
    with pytest.raises(JIRAError) as refused:
        other.myself()
    assert refused.value.status_code == 401
    with pytest.raises(JIRAError, match="No matching user"):
        admin.assign_issue(issue.key, "jira_user")


def test_users_are_found(site: Any, admin: JIRA) -> None:
    """By part of a name, for what they may do; an address that is hidden is not told."""
    word = {"query": "chen"} if site.cloud else {"user": "chen"}
    issue = site.issue(admin, "RND")
    names = [user.displayName for user in admin.search_users(**word)]
    able = admin.search_assignable_users_for_issues(
        issueKey=issue.key, **({"query": "chen"} if site.cloud else {"username": "chen"})
    )
    many = admin.search_assignable_users_for_projects(
        "chen" if not site.cloud else None, "RND,LIB"
    ) if not site.cloud else able  # fmt: skip

    assert ["陈工"] == names == [user.displayName for user in able]
    assert ["陈工"] == [user.displayName for user in many]
    if site.cloud:
        hidden = admin.search_users(query="zhou.rd")[0]
        assert not hasattr(hidden, "emailAddress")


def test_a_project_has_roles_that_people_play(server: Any) -> None:
    """The administrators' group plays one from the start."""
    admin = server.login()
    key = server.project(admin)
    roles = admin.project_roles(key)
    role = admin.project_role(key, roles["Administrators"]["id"])
    before = [actor.name for actor in role.actors]
    role.update(users="jira_user", groups="jira-administrators")
    developers = admin.project_role(key, roles["Developers"]["id"])
    developers.add_user(users="jira_user")
    again = admin.project_role(key, role.id)

    assert before == ["jira-administrators"]
    assert {"jira_user", "jira-administrators"} == {actor.name for actor in again.actors}
    may = server.login(admin=False).my_permissions(projectKey=key)["permissions"]
    assert may["ADMINISTER_PROJECTS"]["havePermission"]
    assert {"Administrators", "Developers", "Users"} == {entry["name"] for entry in admin.role()}


def test_schemes_are_there(site: Any, admin: JIRA) -> None:
    """A project's permissions, notifications, security; those of Data Center's own."""
    key = site.project(admin)

    assert admin.project_permissionscheme(key).name == "Default Permission Scheme"
    assert admin.project_notification_scheme(key).name == "Default Notification Scheme"
    assert admin.security_level("10000").name == "Internal"
    assert "Default Permission Scheme" in {x["name"] for x in admin.permissionschemes()}
    assert len(admin.issuesecurityschemes()) == 1
    assert admin.projectcategories()[0]["name"] == "Default"
    assert admin.notificationschemes()
    assert admin.screens()
    assert len(admin.workflows()) == 3
    if not site.cloud:
        assert admin.project_priority_scheme(key).name == "Default priority scheme"
        name = f"{key}: Software Simplified Workflow Scheme"
        assert admin.project_workflow_scheme(key).name == name
        linked = [admin.get_issue_type_scheme_associations(x["id"])
                  for x in admin.issue_type_schemes()]  # fmt: skip
        assert any(projects and projects[0]["lead"] for projects in linked)
        assert len(admin.templates()) == 6


def test_fields_have_options_with_ids(site: Any, admin: JIRA) -> None:
    """And names by which the library knows them."""
    names = {field["name"]: field["id"] for field in admin.fields()}

    assert admin.custom_field_option("10000").value == "To Do"
    assert {"Sprint", "Epic Name", "Epic Link", "Rank", "Story Points"} <= set(names)
    with pytest.raises(JIRAError):
        admin.custom_field_option("99999")


def test_settings_are_read_and_set(server: Any) -> None:
    """By an administrator alone."""
    admin = server.login()
    before = admin.application_properties("jira.lf.date.time")
    admin.set_application_property("jira.clone.prefix", "COPY -")

    assert before["value"] == "h:mm a"
    look = admin.application_properties("jira.lf.text.headingcolour")
    assert (look["value"], look["type"]) == ("#172b4d", "string")
    assert admin.application_properties(key="jira.clone.prefix")["value"] == "COPY -"
    assert len(admin.application_properties()) > 10
    assert admin.reindex() is True
    with pytest.raises(JIRAError) as refused:
        server.login(admin=False).application_properties()
    assert refused.value.status_code == 403


def test_pictures_are_chosen(server: Any, tmp_path: Path) -> None:
    """One of the system's, or one of their own that is uploaded, cropped, confirmed, deleted."""
    admin = server.login()
    file = tmp_path / "x.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    size = file.stat().st_size
    cropping = admin.create_temp_user_avatar("admin", str(file), size, file.read_bytes())
    made = admin.confirm_user_avatar("admin", {**cropping, "needsCropping": False})
    admin.set_user_avatar("admin", made["id"])
    own = admin.user_avatars("admin")["custom"]
    admin.delete_user_avatar("admin", made["id"])
    admin.set_user_avatar("admin", admin.user_avatars("admin")["system"][3]["id"])
    after = admin.user_avatars("admin")

    assert cropping["needsCropping"]
    assert [(True, "admin")] == [(entry["isSelected"], entry["owner"]) for entry in own]
    assert not after["custom"]
    assert [3] == [n for n, entry in enumerate(after["system"]) if entry["isSelected"]]
    assert len(admin.project_avatars("RND")["system"]) > 20


def test_dashboards_are_listed(site: Any, admin: JIRA) -> None:
    """The system's own is always there."""
    first = admin.dashboards(maxResults=1)[0]

    assert admin.dashboard(first.id).name == "System Dashboard"
    assert len(admin.dashboards()) == 1


def test_dashboards_have_gadgets_with_properties(cloud: Any) -> None:
    """Made, furnished, copied, changed, deleted."""
    admin = cloud.login()
    share = [{"type": "authenticated"}]
    board = admin.create_dashboard("one", share_permissions=share)
    kind = next(x for x in admin.all_dashboard_gadgets() if x.title == "Filter Results")
    gadget = admin.add_gadget_to_dashboard(board.id, color="blue", uri=kind.uri)
    admin.set_dashboard_item_property(board.id, gadget.id, "config", {"num": 5})
    green = gadget.update(board.id, color="green")
    copied = admin.dashboard(admin.copy_dashboard(board.id, name="two").id)
    keys = admin.dashboard_item_property_keys(board.id, gadget.id)
    keys[0].delete()
    board.update(name="changed")
    refreshed = admin.update_dashboard_automatic_refresh_minutes(board.id, 10)
    every = admin.dashboard(board.id).raw.get("automaticRefreshMs")
    admin.update_dashboard_automatic_refresh_minutes(board.id, 0)

    assert (board.name, board.sharePermissions[0].type) == ("changed", "loggedin")
    assert (refreshed.status_code, every) == (204, 600_000)
    assert "automaticRefreshMs" not in admin.dashboard(board.id).raw
    assert green.color == copied.gadgets[0].color == "green"
    assert copied.gadgets[0].item_properties[0].value.num == 5
    assert ["config"] == [key.key for key in keys]
    assert not admin.dashboard_item_property_keys(board.id, gadget.id)
    green.delete(board.id)
    assert board.delete().status_code == 204
    with pytest.raises(JIRAError, match="does not exist"):
        admin.dashboard(board.id)


def test_permissions_are_told_and_bite(site: Any, admin: JIRA) -> None:
    """Cloud wants to be told which; what is withheld hides a project as if it were not there."""
    ordinary = site.login(admin=False)
    asked = "BROWSE_PROJECTS,ADMINISTER,CREATE_ISSUES"
    told = ordinary.my_permissions(projectKey="RND", permissions=asked)["permissions"]
    person = "chen.rd" if site.cloud else "jira_user"
    site.sandbox.act("permission", {"user": person, "permission": "BROWSE_PROJECTS"})
    with pytest.raises(JIRAError) as hidden:
        ordinary.project("RND")

    assert {"BROWSE_PROJECTS": True, "ADMINISTER": False, "CREATE_ISSUES": True} == {
        name: entry["havePermission"] for name, entry in told.items()
    }
    assert hidden.value.status_code == 404
    assert "RND" not in {project.key for project in ordinary.projects()}
    if site.cloud:
        with pytest.raises(JIRAError, match="required"):
            ordinary.my_permissions()
        with pytest.raises(JIRAError, match="Unrecognized permission"):
            ordinary.my_permissions(permissions="INVALID")
    else:
        assert len(admin.my_permissions()["permissions"]) >= 40
