// jsforce queries: pages, streams, finds, children, deleted rows, plans, searches.
import jsforce from 'jsforce';
import { refused, tell } from '../sandbox.mjs';
import { connect } from './connection.mjs';

const conn = connect();

const first = await conn.query('SELECT Id, Name FROM BigTable__c');
let page = first;
const records = [...first.records];
while (!page.done) {
  page = await conn.queryMore(page.nextRecordsUrl);
  records.push(...page.records);
}

const fetched = await conn.query('SELECT Id FROM BigTable__c').run({ autoFetch: true, maxFetch: 5000 });
const streamed = await new Promise((resolve, reject) => {
  const seen = [];
  const query = conn.query('SELECT Id FROM BigTable__c');
  query.on('record', (record) => seen.push(record.Id)).on('error', reject)
    .on('end', () => resolve({ seen: new Set(seen).size, total: query.totalSize }))
    .run({ autoFetch: true, maxFetch: 10000 });
});

const accounts = conn.sobject('Account');
const names = Array.from({ length: 20 }, (_, i) => ({ Name: `Stranger ${i}`, NumberOfEmployees: i }));
await accounts.create(names);
const found = await accounts
  .find({ Name: { $like: 'Stranger%' }, $and: [{ NumberOfEmployees: { $gte: 5 } }, { NumberOfEmployees: { $lt: 15 } }] })
  .sort({ NumberOfEmployees: -1 }).skip(2).limit(3).select('Name');
const either = await accounts.find({
  $or: [{ NumberOfEmployees: 3 }, { Name: { $in: ['Stranger 4', "o'x"] } }],
  CreatedDate: { $gte: jsforce.SfDate.YESTERDAY },
}, 'Id, Name').sort('Name');
const unlike = await accounts.count({ Name: { $nlike: 'Stranger%' } });
const updated = await accounts.find({ Name: { $like: 'Stranger%' } })
  .update({ Name: '${Name} (Updated)', BillingCity: null });
const all = await accounts.find({ Name: { $like: '%(Updated)' } });
const parent = all[0].Id;
await conn.sobject('Contact').create([
  { LastName: 'One', AccountId: parent }, { LastName: 'Two', AccountId: parent },
]);
const family = await accounts.find({ Id: parent }, 'Name')
  .include('Contacts').select('LastName').where({ LastName: { $ne: 'One' } }).end();
const upward = await conn.sobject('Contact')
  .find({ 'Account.Name': { $like: '%(Updated)' } }, 'LastName, Account.Name, Owner.Name').sort('LastName');
const gone = await accounts.find({ Name: { $like: '%(Updated)' } }).destroy();
const bin = await conn.query("SELECT Id FROM Account WHERE IsDeleted = true AND Name LIKE '%(Updated)'")
  .run({ scanAll: true });
const plan = await conn.query('SELECT Id FROM Account ORDER BY CreatedDate DESC LIMIT 10').explain();
const search = await conn.search('FIND {yang*} IN ALL FIELDS RETURNING Contact(Id, Name), Account(Id)');
const groups = await conn.query('SELECT Priority, COUNT(Id) n FROM Case GROUP BY Priority');
const malformed = await refused(conn.query('SELECT Id FORM Account'));
const unknown = await refused(conn.query('SELECT Nope FROM Account'));
const lost = await refused(conn.queryMore('/services/data/v59.0/query/0r8xx0000000000-2000'));
const start = new Date(Date.now() - 600000).toISOString();
const end = new Date(Date.now() + 60000).toISOString();
const deleted = await accounts.deleted(start, end);
const changed = await accounts.updated(start, end);

tell({
  pages: [first.totalSize, first.records.length, records.length, new Set(records.map((r) => r.Id)).size],
  fetched: fetched.records.length,
  streamed,
  found: found.map((r) => r.Name),
  either: either.map((r) => r.Name),
  unlike,
  updated: [updated.length, updated.every((r) => r.success)],
  children: [family[0].Contacts.totalSize, family[0].Contacts.records[0].LastName],
  upward: upward.map((r) => [r.LastName, r.Account.Name.endsWith('(Updated)'), r.Owner.Name]),
  gone: gone.length,
  bin: bin.totalSize,
  plan: plan.plans[0].leadingOperationType,
  search: search.searchRecords.map((r) => [r.attributes.type, r.Name]),
  groups: groups.records.length,
  refused: [malformed.errorCode, unknown.errorCode, lost.errorCode],
  deleted: [typeof deleted.latestDateCovered, typeof deleted.earliestDateAvailable],
  changed: Array.isArray(changed.ids),
});
