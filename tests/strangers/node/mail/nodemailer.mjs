// nodemailer, through every area that it has; what it saw is told by area.
import nodemailer from 'nodemailer';
import { facts, refused, tell } from '../sandbox.mjs';

const at = facts.mail;
const auth = { user: at.user, pass: at.password };
const here = { host: at.smtp_host, port: at.smtp_port };
const transport = (options = {}) => nodemailer.createTransport({ ...here, auth, ...options });
const mail = { from: '"服务台" <service@vendor.example>', to: 'li@pku.edu.cn', text: '已收到' };
const told = {};

for (const [name, options] of Object.entries({
  starttls: { requireTLS: true },
  plaintext: { ignoreTLS: true },
  plain: { authMethod: 'PLAIN' },
  login: { authMethod: 'LOGIN' },
  token: { auth: { type: 'OAuth2', user: at.user, accessToken: at.password } },
})) {
  told[name] = await transport(options).verify();
}
const wrong = await refused(transport({ auth: { user: at.user, pass: 'x' } }).verify());
told.wrong = [wrong.code, wrong.responseCode];

const full = await transport().sendMail({
  ...mail,
  cc: ['王 <wang@b.cn>', 'zhao@c.cn'],
  bcc: 'secret@d.cn',
  subject: '附件 📎',
  html: '<p>已收到 <img src="cid:logo"></p>',
  attachments: [
    { filename: '日志 1.log', content: '.line\n..line\n' },
    { filename: 'logo.png', content: Buffer.from('png'), cid: 'logo' },
  ],
  icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR' },
  inReplyTo: '<a@b.cn>', references: ['<a@b.cn>', '<c@d.cn>'], priority: 'high',
  headers: { 'X-Case': '17' }, list: { unsubscribe: 'https://example.com' },
});
told.accepted = full.accepted.length;

const partly = await transport().sendMail({ ...mail, to: ['li@pku.edu.cn', 'x@nowhere.invalid'] });
told.partly = [partly.accepted, partly.rejected, partly.rejectedErrors[0].responseCode];
const all = await refused(transport().sendMail({ ...mail, to: 'x@nowhere.invalid' }));
told.all = [all.code, all.responseCode];

await transport().sendMail({
  ...mail,
  subject: 'notify me',
  dsn: { id: 'case 17', return: 'headers', notify: ['success', 'failure'], recipient: mail.from },
});
const utf8 = await transport().sendMail({ ...mail, to: '用户@例子.example' });
told.utf8 = utf8.accepted;

const pool = transport({ pool: true, maxConnections: 3, maxMessages: 20 });
const sent = await Promise.all(
  Array.from({ length: 60 }, (_, n) => pool.sendMail({ ...mail, to: 'pool@b.cn', subject: `${n}` })),
);
pool.close();
told.pool = new Set(sent.map((each) => each.messageId)).size;

tell(told);
