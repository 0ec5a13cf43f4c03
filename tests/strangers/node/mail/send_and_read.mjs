// nodemailer sends a mail, imapflow reads it.
import { ImapFlow } from 'imapflow';
import nodemailer from 'nodemailer';
import { facts, tell } from '../sandbox.mjs';

const at = facts.mail;
const auth = { user: at.user, pass: at.password };
const transport = nodemailer.createTransport({
  host: at.smtp_host, port: at.smtp_port, requireTLS: true, auth,
});
const sent = await transport.sendMail({
  from: '"服务台" <service@vendor.example>',
  to: at.user,
  subject: '登录失败 – urgent',
  text: '不能登录\n',
  attachments: [{ filename: '截图.txt', content: 'picture' }],
});

const client = new ImapFlow({
  host: at.imap_host, port: at.imaps_port, secure: true, auth, logger: false,
});
await client.connect();
const lock = await client.getMailboxLock('INBOX');
const mail = await client.fetchOne('*', { envelope: true, bodyStructure: true, source: true });
lock.release();
await client.logout();

tell({
  accepted: sent.accepted,
  sameId: mail.envelope.messageId === sent.messageId,
  subject: mail.envelope.subject,
  from: mail.envelope.from,
  types: mail.bodyStructure.childNodes.map((part) => part.type),
  filename: mail.bodyStructure.childNodes[1].dispositionParameters?.filename,
  complete: mail.source.includes(Buffer.from('picture').toString('base64'))
    || mail.source.includes('picture'),
});
