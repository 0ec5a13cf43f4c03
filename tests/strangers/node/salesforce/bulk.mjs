// jsforce loads and queries in bulk, by both APIs.
import { Readable } from 'node:stream';
import { refused, tell } from '../sandbox.mjs';
import { connect } from './connection.mjs';

const conn = connect();
const rows = (kind, count) => Array.from({ length: count }, (_, i) => ({ Name: `${kind} ${i}` }));
const collect = async (stream) => {
  const seen = [];
  for await (const record of stream) seen.push(record);
  return seen;
};

const one = await conn.bulk.load('Account', 'insert', [...rows('One', 200), { BillingCity: 'Bonn' }]);
const known = await conn.sobject('Account').find({ Name: { $like: 'One%' } }, 'Id, Name');
const changed = await conn.bulk.load('Account', 'update', known.map((r) => ({ ...r, Name: `${r.Name}!` })));
const extent = await collect(await conn.bulk.query('SELECT Id, Name FROM BigTable__c'));
const viaQuery = await conn.sobject('Account').find({ Name: { $like: 'One%' } })
  .update({ Name: '${Name}?' }, { bulkThreshold: 0 });
const away = await conn.bulk.load('Account', 'delete', known);
const upserts = await conn.bulk.load('UpsertTable__c', 'upsert', { extIdField: 'ExtId__c' }, [
  { ExtId__c: 'K1', Name: 'first' }, { ExtId__c: 'K2', Name: 'second' },
]);
const wrong = await refused(conn.bulk.load('Nope__c', 'insert', rows('x', 1)));

const two = await conn.bulk2.loadAndWaitForResults({
  object: 'Account', operation: 'insert', input: [...rows('Two', 200), { BillingCity: 'Bonn' }],
});
const csv = `Name\n${rows('File', 100).map((r) => r.Name).join('\n')}\n`;
const file = await conn.bulk2.loadAndWaitForResults({
  object: 'Account', operation: 'insert', input: Readable.from([csv]),
});
const nothing = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input: [] });
const found = await collect(await conn.bulk2.query("SELECT Id, Name, Owner.Name FROM Account WHERE Name LIKE 'Two%'"));
const big = await collect(await conn.bulk2.query('SELECT Id, Name FROM BigTable__c'));
const removed = await conn.bulk2.loadAndWaitForResults({
  object: 'Account', operation: 'delete', input: found.map(({ Id }) => ({ Id })),
});
const again = await conn.bulk2.loadAndWaitForResults({
  object: 'UpsertTable__c', operation: 'upsert', externalIdFieldName: 'ExtId__c',
  input: [{ ExtId__c: 'K1', Name: 'changed' }, { ExtId__c: 'K3', Name: 'third' }],
});
const destroyed = await conn.sobject('Account').find({ Name: { $like: 'File%' } })
  .destroy({ bulkThreshold: 0, bulkApiVersion: 2 });
const job = conn.bulk2.createJob({ object: 'Account', operation: 'insert' });
await job.open();
await job.uploadData('Name\nNever\n');
await job.abort();
const aborted = await job.check();
const misread = await refused(conn.bulk2.query('SELECT Nope FROM Account'));

let refreshed = 0;
const renewed = connect({
  accessToken: 'nobody', refreshFn: (_c, done) => { refreshed += 1; done(null, conn.accessToken); },
});
const later = await renewed.bulk.load('Account', 'insert', rows('Later', 1));
const dead = await refused(connect({ accessToken: 'nobody' }).bulk.load('Account', 'insert', rows('x', 1)));
const dead2 = await refused(connect({ accessToken: 'nobody' }).bulk2.loadAndWaitForResults({
  object: 'Account', operation: 'insert', input: rows('x', 1),
}));

tell({
  one: [one.filter((r) => r.success).length, one[200].success, one[200].id, one[200].errors],
  changed: changed.every((r) => r.success),
  extent: [extent.length, typeof extent[0].Name],
  viaQuery: viaQuery.length,
  away: away.length,
  upserts: upserts.map((r) => r.created),
  wrong: wrong.errorCode ?? wrong.name,
  two: [two.successfulResults.length, two.failedResults.map((r) => [r.sf__Id, r.sf__Error])],
  file: file.successfulResults.length,
  nothing: [nothing.successfulResults, nothing.failedResults, nothing.unprocessedRecords],
  found: [found.length, found[0]['Owner.Name']],
  big: big.length,
  removed: removed.successfulResults.map((r) => r.sf__Created)[0],
  again: again.successfulResults.map((r) => r.sf__Created),
  destroyed: destroyed.length,
  aborted: aborted.state,
  misread: misread.errorCode ?? misread.name,
  refreshed,
  later: later[0].success,
  dead: [dead.name, dead2.name],
});
