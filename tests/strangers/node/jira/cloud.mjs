// jira.js drives a Jira Cloud: JQL, plans, people, rights, fields, boards, webhooks of an app.
import { AgileClient, Version2Client, Version3Client } from 'jira.js';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.jira_cloud;
const basic = { email: at.email, apiToken: at.api_token };
const options = { host: at.url, authentication: { basic } };
const jira = new Version3Client(options);
const old = new Version2Client(options);
const agile = new AgileClient(options);
const app = new Version3Client({
  host: at.url,
  authentication: { oauth2: { accessToken: at.app_token } },
});

const me = await jira.myself.getCurrentUser();
const made = await jira.projects.createProject({
  key: 'NODE', name: 'Node', leadAccountId: me.accountId, projectTypeKey: 'software',
  projectTemplateKey: 'com.pyxis.greenhopper.jira:gh-simplified-basic',
});
const projectId = Number(made.id);
const component = await jira.projectComponents.createComponent({ name: 'core', project: 'NODE' });
const version = await jira.projectVersions.createVersion({ name: '1.0', projectId });
const later = await jira.projectVersions.createVersion({ name: '2.0', projectId });
const keys = [];
for (const summary of ['one', 'two', 'three']) {
  const fields = {
    project: { key: 'NODE' }, issuetype: { name: 'Bug' }, summary,
    components: [{ id: component.id }], fixVersions: [{ name: '1.0' }],
  };
  keys.push((await jira.issues.createIssue({ fields })).key);
}

const jql = 'project = NODE AND fixVersion in unreleasedVersions(NODE) ORDER BY key';
const first = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearch({
  jql, maxResults: 2, fields: ['summary'],
});
const second = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearchPost({
  jql, maxResults: 2, fields: ['summary'], nextPageToken: first.nextPageToken,
});
const parsed = await jira.jql.parseJqlQueries({
  queries: ['status WAS Done BEFORE -1d ORDER BY key DESC', 'summary in test', 'universe = 42'],
});
const ids = [...first.issues, ...second.issues].map((issue) => Number(issue.id));
const matches = await jira.issueSearch.matchIssues({
  jqls: ['summary ~ two', 'colour = red'], issueIds: ids,
});
const words = await jira.jql.getAutoComplete();
const malformed = await refused(
  jira.issueSearch.searchForIssuesUsingJqlEnhancedSearch({ jql: 'project NODE' }),
);
const removed = await refused(jira.issueSearch.searchForIssuesUsingJql({ jql: 'project = NODE' }));

await jira.projectVersions.moveVersion({ id: later.id, position: 'First' });
const order = await jira.projectVersions.getProjectVersions({ projectIdOrKey: 'NODE' });
await jira.projectVersions.mergeVersions({ id: version.id, moveIssuesTo: later.id });
const merged = await jira.projectVersions.getVersionRelatedIssues({ id: later.id });

const filter = await jira.filters.createFilter({
  name: 'node', jql: 'project = NODE', sharePermissions: [{ type: 'authenticated' }],
});
await jira.filters.setFavouriteForFilter({ id: Number(filter.id) });
const filters = await jira.filters.getFiltersPaginated({ filterName: 'nod' });

const group = await jira.groups.createGroup({ name: 'nodes' });
await jira.groups.addUserToGroup({ groupId: group.groupId, accountId: me.accountId });
const members = await jira.groups.getUsersFromGroup({ groupId: group.groupId });
const picked = await jira.groups.findGroups({ query: 'nod' });
const several = await jira.users.bulkGetUsers({ accountId: [me.accountId] });
const hidden = await jira.userSearch.findUsers({ query: 'zhou.rd' });

const scheme = await jira.permissionSchemes.createPermissionScheme({
  name: 'closed',
  permissions: [{ holder: { type: 'group', parameter: 'nodes' }, permission: 'BROWSE_PROJECTS' }],
});
await jira.projectPermissionSchemes.assignPermissionScheme({
  projectKeyOrId: 'NODE', id: scheme.id,
});
const other = { email: 'chen.rd@vendor.example', apiToken: 'chen.rd-token' };
const stranger = new Version3Client({ host: at.url, authentication: { basic: other } });
const unseen = await refused(stranger.projects.getProject('NODE'));
await jira.projectPermissionSchemes.assignPermissionScheme({ projectKeyOrId: 'NODE', id: 0 });

const field = await jira.issueFields.createCustomField({
  name: 'Colour', type: 'com.atlassian.jira.plugin.system.customfieldtypes:select',
});
const contexts = await jira.issueCustomFieldContexts.getContextsForField({ fieldId: field.id });
const place = { fieldId: field.id, contextId: Number(contexts.values[0].id) };
await jira.issueCustomFieldOptions.createCustomFieldOption({
  ...place, options: [{ value: 'red' }, { value: 'green' }],
});
const choices = await jira.issueCustomFieldOptions.getOptionsForContext(place);
await jira.issues.editIssue({ issueIdOrKey: keys[0], fields: { [field.id]: { value: 'red' } } });
const red = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearch({ jql: 'Colour = red' });

const board = await agile.board.createBoard({
  name: 'node', type: 'scrum', filterId: Number(filter.id),
  location: { type: 'project', projectKeyOrId: 'NODE' },
});
const sprint = await agile.sprint.createSprint({ name: 's1', originBoardId: board.id });
await agile.sprint.moveIssuesToSprintAndRank({ sprintId: sprint.id, issues: keys.slice(0, 2) });
await agile.issue.rankIssues({ issues: [keys[2]], rankBeforeIssue: keys[0] });
const backlog = await agile.board.getIssuesForBacklog({ boardId: board.id });
await agile.sprint.partiallyUpdateSprint({
  sprintId: sprint.id, state: 'active',
  startDate: '2026-01-05T00:00:00.000Z', endDate: '2026-01-19T00:00:00.000Z',
});
const running = await agile.sprint.getIssuesForSprint({ sprintId: sprint.id });
const setUp = await agile.board.getConfiguration({ boardId: board.id });

const hooks = await app.webhooks.registerDynamicWebhooks({
  url: 'https://app.example/hook',
  webhooks: [
    { jqlFilter: 'project = NODE', events: ['jira:issue_created'] },
    { jqlFilter: 'summary ~ x', events: ['jira:issue_created'] },
  ],
});
const [kept, failed] = hooks.webhookRegistrationResult;
const refreshed = await app.webhooks.refreshWebhooks({ webhookIds: [kept.createdWebhookId] });
const listed = await app.webhooks.getDynamicWebhooksForApp();
await app.webhooks.deleteWebhookById({ webhookIds: [kept.createdWebhookId] });
const noApp = await refused(jira.webhooks.getDynamicWebhooksForApp());

tell({
  pages: [first.issues.length, first.isLast, second.issues.length, second.isLast],
  structure: parsed.queries[0].structure.where.operator,
  errors: parsed.queries.slice(1).map((query) => query.errors[0]),
  matched: matches.matches.map((match) => [match.matchedIssues.length, match.errors.length]),
  reserved: words.jqlReservedWords.includes('select'),
  malformed: [malformed.status, malformed.cause.response.data.errorMessages[0]],
  removed: removed.status,
  order: order.map((entry) => entry.name),
  merged: merged.issuesFixedCount,
  filters: filters.values.map((entry) => entry.name),
  members: members.values.length,
  picked: picked.groups.map((entry) => entry.name),
  several: several.values.length,
  hidden: hidden[0].emailAddress ?? null,
  unseen: unseen.status,
  choices: choices.values.map((entry) => entry.value),
  red: red.issues.length,
  backlog: backlog.issues.map((issue) => issue.key),
  running: running.issues.map((issue) => issue.key),
  setUp: [setUp.filter.id === filter.id, setUp.estimation.type],
  hooks: [typeof kept.createdWebhookId, failed.errors.length, listed.values.length],
  lives: refreshed.expirationDate > Date.now(),
  noApp: noApp.status,
  second: (await old.projects.getProject('NODE')).key,
});
