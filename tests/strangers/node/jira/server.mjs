// jira.js, made for Cloud, drives Data Center through version 2 as far as both are alike.
import { AgileClient, Version2Client } from 'jira.js';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.jira_server;
const basic = { email: at.admin, apiToken: at.admin_password };
const jira = new Version2Client({ host: at.url, authentication: { basic } });
const agile = new AgileClient({ host: at.url, authentication: { basic } });

const info = await jira.serverInfo.getServerInfo();
const fields = { project: { key: 'RND' }, issuetype: { name: 'Bug' }, description: '*bold*' };
for (const summary of ['one', 'two', 'three']) {
  await jira.issues.createIssue({ fields: { ...fields, summary } });
}
const page = await jira.issueSearch.searchForIssuesUsingJql({
  jql: 'project = RND ORDER BY key', startAt: 1, maxResults: 1,
});
const issue = await jira.issues.getIssue({ issueIdOrKey: 'RND-1' });
const filter = await jira.filters.createFilter({ name: 'node', jql: 'project = RND' });
const board = await agile.board.createBoard({
  name: 'node', type: 'scrum', filterId: Number(filter.id),
});
const sprint = await agile.sprint.createSprint({ name: 's1', originBoardId: board.id });
await agile.sprint.moveIssuesToSprintAndRank({ sprintId: sprint.id, issues: ['RND-1'] });
const inside = await agile.sprint.getIssuesForSprint({ sprintId: sprint.id });
const malformed = await refused(jira.issueSearch.searchForIssuesUsingJql({ jql: 'a ==' }));

tell({
  type: info.deploymentType,
  page: [page.total, page.startAt, page.issues.map((entry) => entry.key)],
  description: issue.fields.description,
  reporter: issue.fields.reporter.name,
  inside: inside.issues.map((entry) => entry.key),
  malformed: malformed.status,
});
