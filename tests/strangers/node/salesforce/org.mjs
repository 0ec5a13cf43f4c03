// Sessions, records, descriptions and calls that build on one another, through jsforce.
import jsforce from 'jsforce';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.salesforce;
const whole = at.password + at.security_token;
const told = {};

// Logins: SOAP, username and password by OAuth, client credentials, a dead token.
const soap = new jsforce.Connection({ loginUrl: at.url });
const who = await soap.login(at.username, whole);
told.login = typeof who.id === 'string' && who.organizationId.startsWith('00D');
const identity = await soap.identity();
told.identity = [identity.username === at.username, typeof identity.photos, identity.id.slice(0, 8)];
const badLogin = await refused(new jsforce.Connection({ loginUrl: at.url }).login(at.username, 'no'));
told.badLogin = badLogin.message.split(':')[0];
const oauth2 = { loginUrl: at.url, clientId: at.client_id, clientSecret: at.client_secret };
const conn = new jsforce.Connection({ oauth2 });
await conn.loginByOAuth2(at.username, whole);
const app = new jsforce.Connection({ oauth2, instanceUrl: at.url });
await app.authorize({ grant_type: 'client_credentials' });
told.credentials = (await app.query('SELECT COUNT() FROM User')).totalSize > 0;
const renewed = new jsforce.Connection({ oauth2, instanceUrl: at.url, accessToken: 'dead', refreshToken: at.refresh_token });
let refreshes = 0;
renewed.on('refresh', () => { refreshes += 1; });
await Promise.all([renewed.describeGlobal(), renewed.sobject('User').describe()]);
told.refreshes = refreshes;
renewed.accessToken = 'dead';
renewed.refreshToken = 'wrong';
told.badRefresh = (await refused(renewed.query('SELECT Id FROM User'))).message;
await soap.logout();
const gone = new jsforce.Connection({ instanceUrl: at.url, accessToken: soap.accessToken ?? 'none' });
told.afterLogout = (await refused(gone.query('SELECT Id FROM User'))).errorCode;

// One record and many.
const Account = conn.sobject('Account');
const made = await Account.create({ Name: 'Hello', BillingCity: '杭州' });
await Account.record(made.id).update({ Name: 'Hello2' }, { headers: { 'SForce-Auto-Assign': 'FALSE' } });
const read = await Account.retrieve(made.id);
told.one = [read.Name, read.BillingAddress.city, read.attributes.type];
const many = await Account.create([...Array(250)].map((_, n) => ({ Name: `Bulk ${n}` })), { allowRecursive: true });
told.many = many.filter((r) => r.success).length;
const ids = many.slice(0, 3).map((r) => r.id);
const changed = await Account.update(ids.map((Id) => ({ Id, Name: 'Changed' })));
const again = await Account.retrieve(ids);
told.changed = [changed.every((r) => r.success), again.map((r) => r.Name)];
told.destroyed = (await Account.destroy(many.map((r) => r.id), { allowRecursive: true })).filter((r) => r.success).length;
told.gone = await Account.retrieve(ids);
told.mixed = (await conn.sobject('Case').create([{ Subject: 'a' }, { Status: 'Nix' }])).map((r) => [r.success, r.errors[0]?.statusCode ?? null]);
told.strict = (await conn.sobject('Case').create([{ Subject: 'a' }, { Status: 'Nix' }], { allOrNone: true })).map((r) => r.errors[0].statusCode);

// Upserts by an external id, and its ambiguity.
const first = await Account.upsert({ Name: 'U', Customer_Code__c: 'x-1' }, 'Customer_Code__c');
const second = await Account.upsert({ Name: 'U2', Customer_Code__c: 'x-1' }, 'Customer_Code__c');
told.upsert = [first.created, second.created, first.id === second.id];
told.upserts = (await Account.upsert([{ Name: 'V', Customer_Code__c: 'y' }, { Name: 'W', Customer_Code__c: 'z' }], 'Customer_Code__c')).map((r) => r.success);
await Account.create({ Name: 'twin', Customer_Code__c: 'x-1' });
const several = await refused(Account.upsert({ Name: 'U3', Customer_Code__c: 'x-1' }, 'Customer_Code__c'));
told.ambiguous = [several.name, several.content.length, typeof several.content[0]];
const bad = await refused(Account.create({ Nope: 1 }));
told.error = [bad.errorCode, bad.name];
told.missing = (await refused(Account.retrieve('001D000000009zz'))).errorCode;

// Descriptions, and what pages are made of.
const described = await conn.sobject('Case').describe();
const status = described.fields.find((f) => f.name === 'Status');
told.describe = [described.keyPrefix, status.type, status.picklistValues.length > 3, described.childRelationships.some((c) => c.relationshipName === 'CaseComments')];
told.cached = (await Account.describe$()) === (await Account.describe$());
told.global = (await conn.describeGlobal()).sobjects.map((s) => s.name).filter((n) => ['Knowledge__kav', 'ContentVersion', 'Entitlement'].includes(n)).sort();
const layouts = await Account.layouts();
told.layouts = [layouts.layouts.length, layouts.recordTypeSelectorRequired];
told.named = (await conn.sobject('User').layouts('UserAlt')).layouts.length;
told.compact = (await Account.compactLayouts()).compactLayouts[0].objectType;
told.approval = (await Account.approvalLayouts()).approvalLayouts;
const views = (await Account.listviews()).listviews;
const view = Account.listview(views[0].id);
told.view = [(await view.describe()).sobjectType, (await view.results()).records.length > 0, (await view.explain()).plans.length > 0];
told.tabs = (await conn.tabs()).every((t) => t.url.startsWith('http'));
told.theme = (await conn.theme()).themeItems.length > 10;
await conn.query('SELECT Id, Name FROM Account ORDER BY CreatedDate DESC LIMIT 2 FOR VIEW');
told.recent = (await conn.recent(2)).map((r) => r.attributes.type);
told.recentAccounts = (await Account.recent()).length >= 2;
const limits = await conn.limits();
told.limits = [limits.DailyApiRequests.Max > limits.DailyApiRequests.Remaining, limits.DataStorageMB.Max > 0];
told.usage = conn.limitInfo.apiUsage.used > 0;

// Quick actions.
told.actions = (await Account.quickActions()).length === (await conn.quickActions()).length;
const action = conn.quickAction('LogACall');
told.action = (await action.describe()).targetSobjectType;
told.starts = (await action.defaultValues(made.id)).WhatId === made.id;
const logged = await action.execute(made.id, { Subject: 'My call', Description: 'was long' });
told.logged = [logged.success, logged.created, logged.contextId === made.id];

// Calls that build on one another.
const composite = await conn.requestPost('/composite', {
  allOrNone: true,
  compositeRequest: [
    { method: 'POST', url: '/services/data/v58.0/sobjects/Account', referenceId: 'a', body: { Name: 'C' } },
    { method: 'POST', url: '/services/data/v58.0/sobjects/Contact', referenceId: 'b', body: { LastName: 'D', AccountId: '@{a.id}' } },
    { method: 'GET', url: '/services/data/v58.0/sobjects/Contact/@{b.id}?fields=LastName,Account.Name', referenceId: 'c' },
  ],
});
told.composite = [composite.compositeResponse.map((r) => r.httpStatusCode), composite.compositeResponse[2].body.Account.Name];
const request = conn.sobject('Contact').record(composite.compositeResponse[1].body.id);
told.destroy = (await request.destroy()).success;

// Objects about objects, and what there is none of.
const fields = await conn.tooling.query("SELECT DataType FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Case' AND QualifiedApiName IN ('Subject', 'ContactId') ORDER BY QualifiedApiName");
told.fields = fields.records.map((r) => r.DataType);
told.tooling = (await conn.tooling.describeGlobal()).sobjects.map((s) => s.name).includes('EntityDefinition');
told.apex = (await conn.tooling.executeAnonymous('System.debug(1);')).compileProblem;
told.rules = await conn.process.rule.list();
told.approvals = (await conn.process.approval.submit(made.id, 'please')).errors[0].statusCode;

// SOAP: merging, converting, tabs.
const leads = await conn.sobject('Lead').create([1, 2, 3].map((n) => ({ FirstName: `L${n}`, LastName: 'Lead', Company: 'Co' })));
const converted = await conn.soap.convertLead({ leadId: leads[0].id, convertedStatus: 'Closed - Converted' });
told.converted = [converted.success, (await Account.retrieve(converted.accountId)).Name, typeof converted.opportunityId];
const merged = await conn.soap.merge({ masterRecord: { type: 'Lead', Id: leads[1].id, FirstName: 'M' }, recordToMergeIds: [leads[2].id] });
told.merged = [merged.success, merged.id === leads[1].id, merged.mergedRecordIds.length];
told.apps = (await conn.soap.describeTabs())[0].tabs.length > 3;
const soaped = await conn.soap.create([{ type: 'Account', Name: 'By SOAP' }]);
told.soaped = [soaped[0].success, (await conn.soap.update({ type: 'Account', Id: soaped[0].id, Name: 'Again' })).success];
told.undeleted = [(await conn.soap.delete(soaped[0].id)).success, (await conn.soap.undelete([soaped[0].id]))[0].success];
told.user = (await conn.soap.getUserInfo()).userName === at.username;

tell(told);
