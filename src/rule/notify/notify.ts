import type { Notify } from '../rule.js'
import type { RunRecord } from '../run-record.js'
import { sendMail } from './mail.js'
import { isWanted, type Notice, noticeOf } from './notice.js'
import type { NotifyOptions } from './notify-options.js'
import { callPagerDuty, postWebhook } from './web.js'

/** What became of one notice. */
export interface Notified {
  /** Whom it went to, without secrets: `mail to ops@example.org`, `webhook hooks.example.org`, `PagerDuty`. */
  readonly to: string
  /** Why it did not go out; null when it did. */
  readonly error: string | null
}

/** Sends one notice one way. @throws Error that holds no secrets beside those that it is told to hide. */
interface Way {
  readonly to: string
  /** What must not be printed. */
  readonly secrets: readonly string[]
  readonly send: () => Promise<void>
}

const TIMEOUT_MS = 15_000

/** Tells people of a run what they asked for. Never throws: a notice that fails is an answer, and changes nothing else. */
export async function notify(
  wishes: Notify | readonly Notify[] | undefined,
  run: RunRecord,
  { env = process.env, timeoutMs = TIMEOUT_MS }: NotifyOptions = {},
): Promise<readonly Notified[]> {
  const notice = noticeOf(run)
  const wanted = [wishes ?? []].flat().filter((wish) => isWanted(wish, notice))
  return Promise.all(wanted.flatMap((wish) => waysOf(wish, notice, { env, timeoutMs })).map(take))
}

async function take({ to, secrets, send }: Way): Promise<Notified> {
  try {
    await send()
    return { to, error: null }
  } catch (error) {
    return { to, error: withoutSecrets(tell(error), secrets) }
  }
}

function waysOf(
  { mail, webhook, pagerDuty }: Notify,
  notice: Notice,
  options: Required<NotifyOptions>,
): readonly Way[] {
  const { env } = options
  const ways: Way[] = []
  if (mail !== undefined) {
    const to = [mail].flat()
    const secrets = secretsOf(env.HOB_SMTP_URL)
    ways.push({ to: `mail to ${to.join(', ')}`, secrets, send: () => sendMail(to, notice, options) })
  }
  if (webhook !== undefined) {
    const secrets = [webhook, ...secretsOf(webhook)]
    ways.push({ to: `webhook ${hostOf(webhook)}`, secrets, send: () => postWebhook(webhook, notice, options) })
  }
  if (pagerDuty !== undefined) {
    const key = pagerDuty.startsWith('env:') ? (env[pagerDuty.slice(4)] ?? '') : pagerDuty
    const send = (): Promise<void> => {
      if (key !== '') return callPagerDuty(key, notice, options)
      throw new Error(`the environment variable ${pagerDuty.slice(4)} is not set`)
    }
    ways.push({ to: 'PagerDuty', secrets: [key], send })
  }
  return ways
}

/** What an error says, and the reason behind it: `fetch failed: connect ECONNREFUSED 127.0.0.1:1`. */
function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  const why = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : ''
  return [message, why]
    .filter((part) => part !== '')
    .join(': ')
    .replaceAll('\n', ' ')
}

/** Services put tokens into paths, and servers repeat what they were sent. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((said, secret) => said.replaceAll(secret, '***'), text)
}

function secretsOf(url: string | undefined): readonly string[] {
  const { password, username, pathname, search } = parsed(url) ?? new URL('none:')
  const parts = [password, pathname.length > 1 ? pathname : '', search]
  return [...parts, decoded(password), url ?? '', ...(password === '' ? [] : [username, decoded(username)])]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A % that begins no escape: then it is the text itself.
    return text
  }
}

const hostOf = (url: string): string => parsed(url)?.host ?? '?'

function parsed(url: string | undefined): URL | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined
}
