// imapflow, through every area that it has; what it saw is told by area.
import { ImapFlow } from 'imapflow';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.mail;
const login = { user: at.user, pass: at.password };

function client(options = {}) {
  return new ImapFlow({
    host: at.imap_host, port: at.imap_port, secure: false, auth: login, logger: false, ...options,
  });
}

async function connected(options) {
  const made = client(options);
  made.on('error', () => {});
  await made.connect();
  return made;
}

const raw = (subject, extra = '') => Buffer.from(
  `From: 李 <li@pku.edu.cn>\r\nTo: service@vendor.example\r\nSubject: ${subject}\r\n`
  + `Message-ID: <${subject}@pku.edu.cn>\r\n${extra}\r\nbody of ${subject}\r\n`,
);
const nested = Buffer.from([
  'From: a@b.cn', 'Subject: nested', 'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=o', '',
  '--o', 'Content-Type: multipart/alternative; boundary=i', '',
  '--i', 'Content-Type: text/plain; charset=utf-8', '', 'plain',
  '--i', 'Content-Type: text/html; charset=utf-8', '', '<b>html</b>', '--i--',
  '--o', 'Content-Type: application/pdf; name="=?utf-8?B?5oiq5Zu+LnBkZg==?="',
  'Content-Disposition: attachment; filename="=?utf-8?B?5oiq5Zu+LnBkZg==?="',
  'Content-Transfer-Encoding: base64', '', Buffer.from('%PDF-1.4 x').toString('base64'),
  '--o--', '',
].join('\r\n'));

async function doors() {
  const seen = {};
  for (const [name, options] of Object.entries({
    starttls: {},
    imaps: { port: at.imaps_port, secure: true },
    login: { auth: { ...login, loginMethod: 'LOGIN' } },
    sasl: { auth: { ...login, loginMethod: 'AUTH=LOGIN' } },
    token: { auth: { user: at.user, accessToken: at.password } },
  })) {
    const one = await connected(options);
    seen[name] = [one.authenticated === at.user || Boolean(one.authenticated), one.secureConnection];
    await one.logout();
  }
  const wrong = await refused(client({ auth: { ...login, pass: 'wrong' } }).connect());
  const expired = await refused(
    client({ auth: { user: at.user, accessToken: 'expired' } }).connect(),
  );
  return { ...seen, wrong: wrong.authenticationFailed, expired: expired.authenticationFailed };
}

async function mailboxes(one) {
  const made = await one.mailboxCreate(['客户', 'R&D']);
  await one.mailboxSubscribe('客户/R&D');
  const renamed = await one.mailboxRename('客户/R&D', '客户/研发');
  const listed = await one.list({ statusQuery: { messages: true, unseen: true } });
  const tree = await one.listTree();
  const status = await one.status('INBOX', {
    messages: true, uidNext: true, uidValidity: true, unseen: true, highestModseq: true,
  });
  await one.mailboxUnsubscribe('客户/研发');
  const removed = await one.mailboxDelete('客户/研发');
  const gone = await refused(one.mailboxOpen('客户/研发'));
  return {
    made: [made.path, made.created],
    renamed: renamed.newPath,
    uses: listed.filter((box) => box.specialUse).map((box) => box.specialUse).sort(),
    inbox: listed.find((box) => box.path === 'INBOX').status.messages,
    tree: tree.folders.map((box) => box.name).includes('客户'),
    status: [status.messages, typeof status.uidValidity, typeof status.highestModseq],
    removed: removed.path,
    gone: gone.responseStatus,
    quota: (await one.getQuota('INBOX')).storage.limit > 0,
  };
}

async function messages(one) {
  const appended = await one.append('INBOX', raw('one'), ['\\Seen', '$label'], new Date(0));
  await one.append('INBOX', raw('two', 'X-Tag: red\r\n'));
  await one.append('INBOX', nested);
  const opened = await one.mailboxOpen('INBOX');
  const first = await one.fetchOne('1', {
    uid: true, flags: true, envelope: true, internalDate: true, size: true, headers: ['subject'],
    bodyParts: [{ key: 'text', start: 5, maxLength: 2 }],
  });
  const structure = (await one.fetchOne('3', { bodyStructure: true })).bodyStructure;
  const parts = await one.fetchOne('3', { bodyParts: ['1.1', '1.2.mime'] });
  const { meta, content } = await one.download('3', '2');
  const chunks = [];
  for await (const chunk of content) chunks.push(chunk);
  const all = await one.fetchAll('1:*', { uid: true }, { uid: true });
  return {
    appended: [appended.uid, appended.destination],
    opened: [opened.exists, opened.readOnly, opened.permanentFlags.has('\\*')],
    first: {
      flags: [...first.flags].sort(), subject: first.envelope.subject,
      from: first.envelope.from, date: first.internalDate.toISOString(),
      size: first.size, header: first.headers.toString().trim(),
      piece: first.bodyParts.get('text').toString(),
    },
    structure: [
      structure.type, structure.childNodes[0].type, structure.childNodes[0].childNodes[1].part,
      structure.childNodes[1].dispositionParameters.filename,
    ],
    parts: [parts.bodyParts.get('1.1').toString(), parts.bodyParts.get('1.2.mime').toString().trim()],
    download: [meta.contentType, meta.filename, Buffer.concat(chunks).toString()],
    all: all.map((message) => message.uid),
  };
}

async function searches(one) {
  const find = (query) => one.search(query, { uid: true });
  return {
    all: await find({ all: true }),
    seen: await find({ seen: false }),
    from: await find({ from: 'pku' }),
    chinese: await find({ from: '李' }),
    header: await find({ header: { 'X-Tag': 'red' } }),
    either: await find({ or: [{ subject: 'one' }, { subject: 'two' }] }),
    not: await find({ not: { subject: 'one' } }),
    keyword: await find({ keyword: '$label' }),
    since: await find({ since: new Date(Date.now() - 2 * 86400000) }),
    before: await find({ before: '1971-01-01' }),
    larger: await find({ larger: 300 }),
    uid: await find({ uid: '2:3' }),
    modseq: (await find({ modseq: 1n })).length,
    body: await find({ body: 'body of two' }),
  };
}

async function changes(one) {
  const flags = async () => [...(await one.fetchOne('1', { flags: true })).flags].sort();
  await one.messageFlagsAdd('1', ['\\Flagged', 'urgent']);
  const added = await flags();
  await one.messageFlagsRemove('1', ['urgent']);
  await one.messageFlagsSet('2', ['\\Answered']);
  await one.setFlagColor('2', 'orange');
  const coloured = (await one.fetchOne('2', { flags: true })).flagColor;
  const before = (await one.fetchOne('1', { flags: true })).modseq;
  await one.messageFlagsAdd('2', ['late']);
  const changed = await one.fetchAll('1:*', { flags: true }, { changedSince: before });
  await one.messageFlagsAdd('2', ['never'], { unchangedSince: before });
  const stale = [...(await one.fetchOne('2', { flags: true })).flags]
    .filter((flag) => flag !== '\\Recent').sort();
  const copied = await one.messageCopy('1:2', 'Archive');
  const moved = await one.messageMove('1', 'Junk');
  const removed = await one.messageDelete('1');
  return {
    added, coloured, changed: changed.map((message) => message.seq), stale,
    copied: [...copied.uidMap], moved: [moved.path, ...moved.uidMap], removed,
    left: one.mailbox.exists,
  };
}

async function others(one) {
  const heard = [];
  let resolve;
  const until = (name) => new Promise((done) => { resolve = (got) => got === name && done(); });
  for (const name of ['exists', 'flags', 'expunge']) {
    one.on(name, (event) => { heard.push([name, event.count ?? event.seq]); resolve?.(name); });
  }
  const other = await connected();
  const lock = await other.getMailboxLock('INBOX');
  one.idle();
  let waiting = until('exists');
  await other.append('INBOX', raw('new'));
  await waiting;
  waiting = until('flags');
  await other.messageFlagsAdd('1', ['\\Flagged']);
  await waiting;
  waiting = until('expunge');
  await other.messageDelete('1');
  await waiting;
  lock.release();
  await other.logout();
  return heard;
}

const told = { doors: await doors() };
const one = await connected({ clientInfo: { name: 'a stranger' } });
told.server = one.serverInfo.name;
told.messages = await messages(one);
told.searches = await searches(one);
told.mailboxes = await mailboxes(one);
await one.mailboxOpen('INBOX');
told.changes = await changes(one);
told.others = await others(one);
await one.mailboxOpen('Archive', { readOnly: true });
told.readOnly = one.mailbox.readOnly;
await one.mailboxClose();
await one.logout();
tell(told);
