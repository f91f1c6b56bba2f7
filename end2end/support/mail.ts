/** A small mailbox: three conversations that make four pairs, and mail that makes none. */
import { readFileSync } from 'node:fs';
import type { SeedMessage } from './doubles.ts';

export const MAILBOX = 'support@shop.example';

const HOUR = 3_600_000;

/** One mail. */
export interface Letter {
  id: string;
  from: string;
  to: string;
  subject: string;
  hoursAgo: number;
  body: string;
  answers?: string;
  extra?: Record<string, string>;
}

function eml(letter: Letter): string {
  const headers: Record<string, string> = {
    'From': letter.from,
    'To': letter.to,
    'Subject': letter.subject,
    'Date': new Date(Date.now() - letter.hoursAgo * HOUR).toUTCString(),
    'Message-ID': `<${letter.id}@mail.example>`,
    ...(letter.answers && { 'In-Reply-To': `<${letter.answers}@mail.example>`, 'References': `<${letter.answers}@mail.example>` }),
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    ...letter.extra,
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${head.join('\r\n')}\r\n\r\n${letter.body.replaceAll('\n', '\r\n')}`;
}

export const client = (name: string) => `${name} <${name.toLowerCase()}@client.example>`;
export const us = `Support <${MAILBOX}>`;

export const PAIRS = 4;

/** What is in the mailbox, newest last. */
export function mailbox(): SeedMessage[] {
  const letters: (Letter & { labels?: string[] })[] = [
    { id: 'invoice-1', from: client('Jonas'), to: us, subject: 'Invoice for September is missing', hoursAgo: 90,
      body: 'Hello,\n\nI cannot find the invoice for September in my account. Could you send it again?\n\nJonas' },
    { id: 'invoice-2', answers: 'invoice-1', from: us, to: client('Jonas'), subject: 'Re: Invoice for September is missing', hoursAgo: 88, labels: ['SENT'],
      body: 'Hi Jonas,\n\nof course: the invoice for September is attached.\n\nBest regards\nSupport\n\nOn Mon, Jonas wrote:\n> Hello,\n> I cannot find the invoice' },
    { id: 'invoice-3', answers: 'invoice-2', from: client('Jonas'), to: us, subject: 'Re: Invoice for September is missing', hoursAgo: 87,
      body: 'Thank you! May I have it with our VAT number on it, please?' },
    { id: 'invoice-4', answers: 'invoice-3', from: us, to: client('Jonas'), subject: 'Re: Invoice for September is missing', hoursAgo: 86, labels: ['SENT'],
      body: 'Yes, here is the corrected one with the VAT number.' },
    { id: 'parcel-1', from: client('Olga'), to: us, subject: 'Где моя посылка?', hoursAgo: 50,
      body: 'Здравствуйте! Заказ 1042 оплачен неделю назад, где моя посылка?' },
    { id: 'parcel-2', answers: 'parcel-1', from: us, to: client('Olga'), subject: 'Re: Где моя посылка?', hoursAgo: 49, labels: ['SENT'],
      body: 'Здравствуйте, Ольга! Посылка передана курьеру, её доставят завтра до полудня.' },
    { id: 'refund-1', from: client('Priya'), to: us, subject: 'Refund', hoursAgo: 20,
      body: 'Good morning, I returned the lamp on Friday. When will I get my money back?' },
    { id: 'refund-2', answers: 'refund-1', from: us, to: client('Priya'), subject: 'Re: Refund', hoursAgo: 19, labels: ['SENT'],
      body: 'Good morning Priya, the refund was issued today and arrives within three working days.' },
    { id: 'waiting-1', from: client('Tom'), to: us, subject: 'Opening hours', hoursAgo: 2, body: 'Are you open on Sunday?' },
    { id: 'news-1', from: 'News <news@letters.example>', to: us, subject: 'This week', hoursAgo: 1,
      body: 'All the news.', extra: { 'List-Unsubscribe': '<mailto:u@letters.example>', 'Precedence': 'bulk' } },
  ];
  return letters.map(letter);
}

/** A letter as a mailbox of the double takes it. */
export function letter({ labels = ['INBOX', 'UNREAD'], ...one }: Letter & { labels?: string[] }): SeedMessage {
  return { eml: eml(one), labels };
}

/** Letters as an mbox file. */
export function mboxOf(letters: Letter[]): Buffer {
  return asMbox(letters.map(eml));
}

/** The same as an mbox file. */
export function mbox(): Buffer {
  return asMbox(mailbox().map(({ eml: text }) => text));
}

function asMbox(messages: string[]): Buffer {
  const entries = messages.map((text) => `From replybook@mail.example Mon Nov  2 10:00:00 2026\n${text.replaceAll('\r\n', '\n')}\n\n`);
  return Buffer.from(entries.join(''));
}

/** A mailbox file, and which addresses in it are ours. */
export interface MailFile {
  name: string;
  content: Buffer;
  ours: string;
}

/** `mailbox()` as a file. */
export const USUAL: MailFile = { name: 'mail.mbox', content: mbox(), ours: MAILBOX };

/** What "Try the sample mailbox" imports. */
export const SAMPLE: MailFile = {
  name: 'sample-mailbox.mbox',
  content: readFileSync(new URL('../../sample/mailbox.mbox', import.meta.url)),
  ours: 'support@fernhill.example, hello@fernhill.example, returns@fernhill.example, anna@fernhill.example',
};
