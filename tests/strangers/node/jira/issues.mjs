// jira.js drives all that an issue has, by version 3 (documents) or version 2 (markup).
import { Version2Client, Version3Client } from 'jira.js';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.jira_cloud;
const three = at.version === 3;
const Client = three ? Version3Client : Version2Client;
const jira = new Client({
  host: at.url,
  authentication: { basic: { email: at.email, apiToken: at.api_token } },
});

const rich = (text) => (three
  ? { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }
  : text);
const plain = (body) => (three ? body.content[0].content[0].text : body);
const base = { project: { key: at.project }, issuetype: { name: 'Bug' } };
const seen = {};

// Issues: one, many with a failure, read, edit, what may be edited and created.
const made = await jira.issues.createIssue({
  fields: { ...base, summary: '崩溃', description: rich('正文'), labels: ['a'] },
  properties: [{ key: 'hub.cmd', value: { id: 'k1' } }],
});
const key = made.key;
const many = await jira.issues.createIssues({
  issueUpdates: [
    { fields: { ...base, summary: 'zwei' } },
    { fields: { ...base, summary: 'a\nb' } },
  ],
});
seen.many = [many.issues.length, many.errors[0].failedElementNumber];
const other = many.issues[0].key;
await jira.issues.editIssue({
  issueIdOrKey: key,
  fields: { summary: '重启时崩溃' },
  update: { labels: [{ add: 'b' }] },
});
const issue = await jira.issues.getIssue({ issueIdOrKey: key, expand: 'changelog', properties: ['*all'] });
seen.issue = [
  issue.fields.summary, plain(issue.fields.description), issue.fields.labels,
  issue.properties['hub.cmd'].id, issue.changelog.histories.length,
];
const meta = await jira.issues.getEditIssueMeta({ issueIdOrKey: key });
seen.editable = 'summary' in meta.fields;
const types = await jira.issues.getCreateIssueMetaIssueTypes({ projectIdOrKey: at.project });
seen.types = types.issueTypes.map((type) => type.name).includes('Bug');
const fetched = await jira.issues.bulkFetchIssues({ issueIdsOrKeys: [key, 'NOPE-1'], fields: ['summary'] });
seen.fetched = [fetched.issues.length, fetched.issueErrors.length];

// Transitions, and the changes they leave.
const offered = await jira.issues.getTransitions({ issueIdOrKey: key });
const start = offered.transitions.find((each) => each.name === 'Start progress');
await jira.issues.doTransition({ issueIdOrKey: key, transition: { id: start.id } });
const lacking = await refused(jira.issues.doTransition({ issueIdOrKey: key, transition: { id: '31' } }));
seen.lacking = JSON.stringify(lacking.response ?? lacking).includes('required');
await jira.issues.doTransition({
  issueIdOrKey: key, transition: { id: '31' }, fields: { resolution: { name: 'Fixed' } },
});
const log = await jira.issues.getChangeLogs({ issueIdOrKey: key, maxResults: 2 });
seen.log = [log.total, log.values.length, log.isLast];
const chosen = await jira.issues.getChangeLogsByIds({
  issueIdOrKey: key, changelogIds: [Number(log.values[0].id)],
});
seen.chosen = chosen.histories.length;

// Comments, restricted and internal; their properties.
const comment = await jira.issueComments.addComment({
  issueIdOrKey: key,
  comment: rich('公开'),
  visibility: { type: 'role', value: 'Administrators' },
  properties: [{ key: 'sd.public.comment', value: { internal: true } }],
});
await jira.issueCommentProperties.setCommentProperty({
  commentId: comment.id, propertyKey: 'mark', property: { a: 1 },
});
const keys = await jira.issueCommentProperties.getCommentPropertyKeys({ commentId: comment.id });
const comments = await jira.issueComments.getComments({ issueIdOrKey: key });
const listed = await jira.issueComments.getCommentsByIds({ ids: [Number(comment.id)] });
seen.comment = [
  plain(comments.comments[0].body), comment.visibility.value, comment.jsdPublic,
  keys.keys.map((each) => each.key).sort(), listed.values.length,
];
await jira.issueComments.deleteComment({ issueIdOrKey: key, id: comment.id });

// Files.
const attached = await jira.issueAttachments.addAttachment({
  issueIdOrKey: key,
  attachment: { filename: '日志.txt', file: Buffer.from('0123456789'), mimeType: 'text/plain' },
});
const content = await jira.issueAttachments.getAttachmentContent({ id: attached[0].id });
const about = await jira.issueAttachments.getAttachment({ id: attached[0].id });
const settings = await jira.issueAttachments.getAttachmentMeta();
seen.file = [Buffer.from(content).toString(), about.filename, about.size, settings.enabled];
await jira.issueAttachments.removeAttachment({ id: attached[0].id });

// Work.
const worklog = await jira.issueWorklogs.addWorklog({
  issueIdOrKey: key, timeSpent: '2h', started: '2026-01-05T09:00:00.000+0800',
});
await jira.issueWorklogs.updateWorklog({ issueIdOrKey: key, id: worklog.id, timeSpent: '3h' });
const worklogs = await jira.issueWorklogs.getIssueWorklog({ issueIdOrKey: key });
seen.work = worklogs.worklogs.map((each) => each.timeSpentSeconds);
const since = await jira.issueWorklogs.getIdsOfWorklogsModifiedSince({ since: 0 });
seen.since = since.values.length;
await jira.issueWorklogs.deleteWorklog({ issueIdOrKey: key, id: worklog.id });

// Links, within and outward.
await jira.issueLinks.linkIssues({
  type: { name: 'Blocks' }, inwardIssue: { key }, outwardIssue: { key: other },
});
const linked = await jira.issues.getIssue({ issueIdOrKey: key, fields: ['issuelinks'] });
const link = await jira.issueLinks.getIssueLink({ linkId: linked.fields.issuelinks[0].id });
seen.link = [link.type.name, link.inwardIssue.key === key, link.outwardIssue.key === other];
await jira.issueLinks.deleteIssueLink({ linkId: link.id });
const linkTypes = await jira.issueLinkTypes.getIssueLinkTypes();
seen.linkTypes = linkTypes.issueLinkTypes.length;
const remote = { issueIdOrKey: key, globalId: 'crm=1', object: { url: 'http://crm.example/1', title: 'eins' } };
const first = await jira.issueRemoteLinks.createOrUpdateRemoteIssueLink(remote);
const again = await jira.issueRemoteLinks.createOrUpdateRemoteIssueLink(remote);
const remotes = await jira.issueRemoteLinks.getRemoteIssueLinks({ issueIdOrKey: key });
seen.remote = [first.id === again.id, remotes.length];

// People: watchers, votes, the assignee.
const me = await jira.myself.getCurrentUser();
await jira.issueWatchers.addWatcher({ issueIdOrKey: key, accountId: me.accountId });
const watchers = await jira.issueWatchers.getIssueWatchers({ issueIdOrKey: key });
await jira.issueWatchers.removeWatcher({ issueIdOrKey: key, accountId: me.accountId });
const own = await refused(jira.issueVotes.addVote({ issueIdOrKey: key }));
await jira.issues.assignIssue({ issueIdOrKey: key, accountId: me.accountId });
const assigned = await jira.issues.getIssue({ issueIdOrKey: key, fields: ['assignee'] });
seen.people = [
  watchers.watchCount, own.status ?? own.response?.status,
  assigned.fields.assignee.accountId === me.accountId,
];

// Properties, suggestions, archive, the end.
await jira.issueProperties.setIssueProperty({
  issueIdOrKey: key, propertyKey: 'p', propertyValue: { deep: [1] },
});
const property = await jira.issueProperties.getIssueProperty({ issueIdOrKey: key, propertyKey: 'p' });
seen.property = property.value;
const picked = await jira.issueSearch.getIssuePickerResource({ query: '崩溃' });
seen.picked = picked.sections[0].issues.map((each) => each.key === key);
const archived = await jira.issues.archiveIssues({ issueIdsOrKeys: [other] });
seen.archived = archived.numberOfIssuesUpdated;
await jira.issues.deleteIssue({ issueIdOrKey: key });
const gone = await refused(jira.issues.getIssue({ issueIdOrKey: key }));
seen.gone = gone.status ?? gone.response?.status;

tell(seen);
