// Topics, generic channels and change events, through jsforce's streaming client.
import jsforce from 'jsforce';
import { StreamingExtension } from 'jsforce/lib/api/streaming.js';
import { facts, tell } from '../sandbox.mjs';

const at = facts.salesforce;
const conn = new jsforce.Connection({ instanceUrl: at.url, accessToken: at.access_token });
const told = {};

/** Subscribe, wait until that is known to the server, do something, give what came first. */
async function first(client, channel, act) {
  let resolve;
  const came = new Promise((done) => { resolve = done; });
  const subscription = client.subscribe(channel, resolve);
  await subscription;
  await act();
  const message = await came;
  subscription.cancel();
  return message;
}

await conn.sobject('PushTopic').create({
  Name: 'Accounts', Query: "SELECT Id, Name FROM Account WHERE Name LIKE 'My%'", ApiVersion: 59.0,
});
const client = conn.streaming.createClient([]);
const topic = await first(client, '/topic/Accounts', async () => {
  await conn.sobject('Account').create({ Name: 'Other' });
  await conn.sobject('Account').create({ Name: 'My account' });
});
told.topic = [topic.event.type, topic.sobject.Name, typeof topic.sobject.Id, typeof topic.event.replayId];

await conn.sobject('StreamingChannel').create({ Name: '/u/Channel' });
const generic = await first(client, '/u/Channel', async () => {
  const pushed = await conn.streaming.channel('/u/Channel').push({ payload: 'hello', userIds: [] });
  told.pushed = [pushed.fanoutCount, typeof pushed.userOnlineStatus];
});
told.generic = generic.payload;

const change = await first(client, '/data/CaseChangeEvent', async () => {
  await conn.sobject('Case').create({ Subject: '登录失败' });
});
told.change = [change.payload.ChangeEventHeader.changeType, change.payload.ChangeEventHeader.entityName, change.payload.Subject];

// A client that comes later is told again from where it was.
const later = conn.streaming.createClient([new StreamingExtension.Replay('/data/CaseChangeEvent', change.event.replayId - 1)]);
const again = await first(later, '/data/CaseChangeEvent', async () => {});
told.replayed = again.event.replayId === change.event.replayId;

// A session that is dead is told so.
const dead = new jsforce.Connection({ instanceUrl: at.url, accessToken: 'dead' });
told.dead = await new Promise((resolve) => {
  const extension = new StreamingExtension.AuthFailure(() => resolve('told'));
  dead.streaming.createClient([extension]).subscribe('/topic/Accounts', () => {}).then(() => {}, () => {});
});
await client.disconnect();
await later.disconnect();

tell(told);
process.exit(0);
