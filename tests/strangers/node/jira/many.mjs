// jira.js drives a Jira Cloud: a project with its board, pictures, and work on many issues at once.
import { AgileClient, Version3Client } from 'jira.js';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.jira_cloud;
const basic = { email: at.email, apiToken: at.api_token };
const options = { host: at.url, authentication: { basic } };
const jira = new Version3Client(options);
const agile = new AgileClient(options);

const me = await jira.myself.getCurrentUser();
const made = await jira.projects.createProject({
  key: 'MANY', name: 'Many', leadAccountId: me.accountId, projectTypeKey: 'software',
  projectTemplateKey: 'com.pyxis.greenhopper.jira:gh-simplified-agility-scrum',
});
const boards = await agile.board.getAllBoards({ name: 'MANY' });
const board = boards.values[0];
const sprint = await agile.sprint.createSprint({ name: 'first', originBoardId: board.id });
const keys = [];
for (const summary of ['one', 'two', 'three']) {
  const fields = { project: { key: 'MANY' }, issuetype: { name: 'Task' }, summary };
  keys.push((await jira.issues.createIssue({ fields })).key);
}
const issue = await jira.issues.getIssue({ issueIdOrKey: keys[0] });

await jira.issueVotes.addVote({ issueIdOrKey: keys[0] });
const { votes } = await jira.issueVotes.getVotes({ issueIdOrKey: keys[0] });

const several = jira.issueBulkOperations;
const { availableTransitions } = await several.getAvailableTransitions({ issueIdsOrKeys: keys });
const done = availableTransitions[0].transitions.find((entry) => entry.to.statusName === 'Done');
const moved = await several.submitBulkTransition({
  bulkTransitionInputs: [
    { selectedIssueIdsOrKeys: [keys[0], keys[1], 'MANY-99'], transitionId: `${done.transitionId}` },
  ],
});
const progress = await several.getBulkOperationProgress({ taskId: moved.taskId });
await several.submitBulkUnwatch({ selectedIssueIdsOrKeys: keys });
const unwatched = await jira.issueWatchers.getIssueWatchers({ issueIdOrKey: keys[2] });
await several.submitBulkWatch({ selectedIssueIdsOrKeys: keys });
const watched = await jira.issueWatchers.getIssueWatchers({ issueIdOrKey: keys[2] });
await several.submitBulkDelete({ selectedIssueIdsOrKeys: [keys[2]] });
const gone = await refused(jira.issues.getIssue({ issueIdOrKey: keys[2] }));

const [status] = await jira.status.getStatusesByName({ name: ['In Progress'] });
const fields = await jira.issueFields.getProjectFields({
  projectId: [Number(made.id)], workTypeId: [Number(issue.fields.issuetype.id)],
  fieldId: ['summary', 'labels'],
});

const { system } = await jira.avatars.getAllSystemAvatars({ type: 'project' });
const drawn = await jira.avatars.getAvatarImageByID({ id: system[0].id, type: 'project' });
const picture = await jira.avatars.getAvatarImageByType({ type: 'project', format: 'png' });
const stored = await jira.avatars.storeAvatar({
  entityId: `${made.id}`, type: 'project', size: 0, mimeType: picture.contentType,
  avatar: picture.avatar,
});
await jira.projectAvatars.updateProjectAvatar({ projectIdOrKey: 'MANY', id: stored.id });
const shown = await jira.avatars.getAvatarImageByOwner({ type: 'project', entityId: `${made.id}` });
const avatars = await jira.avatars.getAvatars({ type: 'project', entityId: `${made.id}` });
await jira.avatars.deleteAvatar({
  type: 'project', owningObjectId: `${made.id}`, id: Number(stored.id),
});
const lost = await refused(jira.avatars.getAvatarImageByID({ id: stored.id, type: 'project' }));

await jira.projects.deleteProject({ projectIdOrKey: 'MANY' });
const left = await agile.board.getAllBoards({ name: 'MANY' });

tell({
  board: [boards.total, board.name, board.type, sprint.state, left.total],
  assignee: issue.fields.assignee.accountId === me.accountId,
  votes,
  progress: [
    progress.status, progress.processedAccessibleIssues.length,
    progress.invalidOrInaccessibleIssueCount,
  ],
  watchers: [unwatched.watchCount, watched.watchCount],
  gone: gone.status,
  status: [status.name, status.statusCategory],
  fields: fields.values.map((entry) => [entry.fieldId, entry.isRequired]),
  pictures: [
    drawn.contentType, picture.contentType,
    Buffer.from(shown.avatar).equals(Buffer.from(picture.avatar)),
    avatars.custom.map((entry) => entry.isSelected), lost.status ?? lost.response.status,
  ],
});
