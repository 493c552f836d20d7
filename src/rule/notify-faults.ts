import type { Faults } from './faults.js'

/** What is wrong with whom a rule tells. */
export function checkNotify(notify: unknown, faults: Faults): void {
  const list = Array.isArray(notify) ? notify : [notify]
  for (const [at, item] of list.entries()) checkOne(Array.isArray(notify) ? `notify[${at}]` : 'notify', item, faults)
}

function checkOne(what: string, notify: unknown, faults: Faults): void {
  if (!faults.object(what, notify)) return
  const { mail, webhook, pagerDuty, on } = notify
  faults.known(what, notify, ['mail', 'webhook', 'pagerDuty', 'on'])
  faults.oneOf(`${what}.on`, on, ['failure', 'success', 'both'])
  if (mail === undefined && webhook === undefined && pagerDuty === undefined) {
    faults.add(`${what} names nobody: give mail, webhook or pagerDuty`)
  }
  if (mail !== undefined) checkMail(`${what}.mail`, mail, faults)
  if (webhook !== undefined && faults.text(`${what}.webhook`, webhook) && !isWebUrl(webhook)) {
    faults.add(`${what}.webhook must be a URL that begins with https:// or http://`)
  }
  if (pagerDuty !== undefined) faults.text(`${what}.pagerDuty`, pagerDuty)
}

function checkMail(what: string, mail: unknown, faults: Faults): void {
  const addresses = Array.isArray(mail) ? mail : [mail]
  if (addresses.length === 0) faults.add(`${what} names no address`)
  for (const address of addresses) {
    if (faults.text(what, address) && !/^[^\s@]+@[^\s@]+$/.test(address))
      faults.add(`${what}: '${address}' is no address`)
  }
}

function isWebUrl(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol)
  } catch {
    return false
  }
}
