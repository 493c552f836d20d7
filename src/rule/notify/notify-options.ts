/** Where notices go through. */
export interface NotifyOptions {
  /** `HOB_SMTP_URL`, `HOB_MAIL_FROM`, `HOB_PAGERDUTY_URL`, and what `env:NAME` names; the process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Each is given up after this long; 15,000 unless given. */
  readonly timeoutMs?: number
}
