import { headline, type Notice } from './notice.js'
import type { NotifyOptions } from './notify-options.js'

/** Where PagerDuty takes events (its Events API, version 2). */
const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'

/** Characters that PagerDuty takes of a summary. */
const SUMMARY_MAX = 1_024

/** Sends a notice as JSON. @throws Error when it is not taken. */
export const postWebhook = (url: string, notice: Notice, options: Required<NotifyOptions>): Promise<void> =>
  post(url, notice, options)

/** Opens an incident of the rule, or closes it when a run went well. @throws Error when it is not taken. */
export function callPagerDuty(key: string, notice: Notice, options: Required<NotifyOptions>): Promise<void> {
  const event = {
    routing_key: key,
    event_action: notice.event === 'success' ? 'resolve' : 'trigger',
    // One incident for a rule, however many of its runs fail.
    dedup_key: `hob/${notice.rule}`,
    payload: {
      summary: headline(notice).slice(0, SUMMARY_MAX),
      source: notice.host,
      severity: notice.event === 'success' ? 'info' : 'error',
      component: notice.rule,
      custom_details: notice,
    },
  }
  return post(options.env.HOB_PAGERDUTY_URL || PAGERDUTY_URL, event, options)
}

async function post(url: string, document: object, { timeoutMs }: Required<NotifyOptions>): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
    signal: AbortSignal.timeout(timeoutMs),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answered ${response.status} ${response.statusText}`.trim())
}
