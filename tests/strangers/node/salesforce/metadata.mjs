// Custom objects and fields, through jsforce's metadata calls.
import jsforce from 'jsforce';
import { facts, tell } from '../sandbox.mjs';

const at = facts.salesforce;
const conn = new jsforce.Connection({ instanceUrl: at.url, accessToken: at.access_token, version: '59.0' });
const told = {};
const object = (fullName, type) => ({
  fullName, label: `Object ${fullName}`, pluralLabel: 'Objects', nameField: { type, label: 'Name of it' },
  deploymentStatus: 'Deployed', sharingModel: 'ReadWrite',
});

const made = await conn.metadata.create('CustomObject', [object('One__c', 'Text'), object('Two__c', 'AutoNumber')]);
told.made = made.map((r) => [r.success, r.fullName]);
told.twice = (await conn.metadata.create('CustomObject', object('One__c', 'Text'))).errors.map((e) => [e.statusCode, e.fields]);
const read = await conn.metadata.read('CustomObject', ['One__c', 'Two__c']);
told.read = read.map((r) => [r.fullName, r.nameField.type, r.nameField.label]);
read[0].label = 'Changed';
told.changed = (await conn.metadata.update('CustomObject', read)).map((r) => r.success);
const fields = await conn.metadata.create('CustomField', [
  { fullName: 'Two__c.Serial__c', label: 'Serial', type: 'Text', length: 20, externalId: true, unique: true },
  { fullName: 'Two__c.Size__c', label: 'Size', type: 'Picklist', valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: [{ fullName: 'S', default: true, label: 'Small' }, { fullName: 'L', default: false, label: 'Large' }] } } },
  { fullName: 'Two__c.One__c', label: 'One', type: 'Lookup', referenceTo: 'One__c', relationshipName: 'Twos' },
]);
told.fields = fields.map((r) => r.success);
const one = await conn.sobject('One__c').create({ Name: 'first' });
const two = await conn.sobject('Two__c').create({ Serial__c: 's', One__c: one.id });
told.record = (await conn.query(`SELECT Name, Size__c, One__r.Name FROM Two__c WHERE Id = '${two.id}'`)).records.map((r) => [r.Size__c, r.One__r.Name]);
told.upserted = (await conn.metadata.upsert('CustomObject', [object('One__c', 'Text'), object('Three__c', 'Text')])).map((r) => [r.fullName, r.created, r.success]);
told.renamed = (await conn.metadata.rename('CustomObject', 'One__c', 'First__c')).fullName;
told.follows = (await conn.query('SELECT One__r.Name FROM Two__c')).records[0].One__r.Name;
told.listed = (await conn.metadata.list({ type: 'CustomObject' })).map((m) => m.fullName).filter((n) => n.endsWith('__c')).sort();
told.deleted = (await conn.metadata.delete('CustomObject', ['Two__c', 'First__c', 'Three__c'])).map((r) => r.success);
told.gone = (await conn.describeGlobal()).sobjects.filter((s) => s.custom).length;
conn.version = '37.0';
const status = await conn.metadata.read('CustomField', 'Lead.Status');
told.status = status.picklist.picklistValues.filter((v) => v.converted).map((v) => v.fullName);

// A package as a zip: deployed, used, and taken back as a zip.
const deployed = await conn.metadata.deploy(Buffer.from(facts.package.zip, 'base64')).complete(true);
told.deployed = [deployed.status, deployed.numberComponentsDeployed, deployed.details.componentSuccesses[0].fullName];
told.used = (await conn.sobject('Packed__c').create({ Name: 'x' })).success;
const taken = await conn.metadata.retrieve({ packageNames: ['Ours'] }).complete();
told.taken = [taken.status, Buffer.from(taken.zipFile, 'base64').includes('Ours/objects/Packed__c.object')];
const wrong = await conn.metadata.deploy(Buffer.from(facts.package.code, 'base64')).complete(true);
told.wrong = [wrong.success, wrong.details.componentFailures[0].problem];

tell(told);
