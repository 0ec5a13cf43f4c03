"""How issues hang together: links of several types, and parents with their children."""

from __future__ import annotations

from collections import defaultdict

from hub_jira.sandbox.issue import Issue, Link, LinkType


class Relations:
    """The link types and links of a site, and who is whose child; looked up by issue id."""

    def __init__(self) -> None:
        self.types: dict[str, LinkType] = {}
        self.links: dict[str, Link] = {}
        self._linked: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        self._children: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._parents: dict[str, str] = {}

    def connect(self, link: Link) -> None:
        """Enter a link."""
        self.links[link.id] = link
        for end in (link.inward, link.outward):
            self._linked[end][link.id] = link

    def cut(self, link: Link) -> None:
        """Remove a link."""
        del self.links[link.id]
        for end in (link.inward, link.outward):
            self._linked[end].pop(link.id, None)

    def links_of(self, issue: str) -> list[Link]:
        """Give the links of an issue, oldest first."""
        return list(self._linked[issue].values()) if issue in self._linked else []

    def children(self, issue: str) -> list[str]:
        """Give the ids of an issue's children, oldest first."""
        return list(self._children[issue]) if issue in self._children else []

    def place(self, issue: Issue) -> None:
        """Take note of an issue's parent as it is now."""
        before = self._parents.get(issue.id)
        if before == issue.parent:
            return
        if before is not None:
            self._children[before].pop(issue.id, None)
        if issue.parent is None:
            self._parents.pop(issue.id, None)
        else:
            self._parents[issue.id] = issue.parent
            self._children[issue.parent][issue.id] = None

    def forget(self, issue: Issue) -> None:
        """Remove an issue with its links."""
        for link in self.links_of(issue.id):
            self.cut(link)
        self._linked.pop(issue.id, None)
        parent = self._parents.pop(issue.id, None)
        if parent is not None:
            self._children[parent].pop(issue.id, None)
        self._children.pop(issue.id, None)
