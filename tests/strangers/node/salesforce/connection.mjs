// A jsforce connection to the sandbox, with short waits between polls.
import jsforce from 'jsforce';
import { facts } from '../sandbox.mjs';

export function connect(options = {}) {
  const at = facts.salesforce;
  const connection = new jsforce.Connection({
    instanceUrl: at.url, accessToken: at.access_token, version: '59.0', ...options,
  });
  connection.bulk.pollInterval = 20;
  connection.bulk2.pollInterval = 20;
  return connection;
}
