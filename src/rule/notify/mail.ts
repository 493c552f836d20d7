import { hostname } from 'node:os'
import { headline, letter, type Notice } from './notice.js'
import type { NotifyOptions } from './notify-options.js'

/** Characters of a subject; it may hold an error's first line. */
const SUBJECT_MAX = 150

/** Sends a notice by the server that `HOB_SMTP_URL` names. @throws Error when there is none, or the mail is not taken. */
export async function sendMail(
  to: readonly string[],
  notice: Notice,
  { env, timeoutMs }: Required<NotifyOptions>,
): Promise<void> {
  const url = env.HOB_SMTP_URL
  if (url === undefined || !/^smtps?:\/\//i.test(url)) {
    throw new Error('HOB_SMTP_URL names no mail server; it is written like smtp://user:password@mail.example.org:587')
  }
  const { createTransport } = await loadMailer()
  const waits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url, ...waits })
  try {
    await transport.sendMail({
      from: env.HOB_MAIL_FROM || `hob@${hostname()}`,
      to: [...to],
      subject: headline(notice).slice(0, SUBJECT_MAX),
      text: letter(notice),
    })
  } finally {
    transport.close()
  }
}

async function loadMailer(): Promise<typeof import('nodemailer')> {
  try {
    return await import('nodemailer')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new Error('the package nodemailer is not installed: npm install nodemailer', { cause })
  }
}
