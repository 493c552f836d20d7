import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** A mail server that speaks as much of RFC 5321 as a client needs. */
export interface SmtpServer extends AsyncDisposable {
  readonly url: string
  readonly mails: readonly ReceivedMail[]
}

/** @param refusal What RCPT answers instead of 250. */
export async function startSmtpServer(refusal?: string): Promise<SmtpServer> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket, mails, refusal)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serve(socket: Socket, mails: ReceivedMail[], refusal: string | undefined): void {
  let pending = ''
  let from = ''
  let to: string[] = []
  let body: string[] | null = null
  const say = (line: string): boolean => socket.write(`${line}\r\n`)
  const hear = (line: string): void => {
    if (body !== null) {
      if (line !== '.') return void body.push(line.replace(/^\./, ''))
      mails.push({ from, to, text: body.join('\n') })
      body = null
      to = []
      say('250 taken')
    } else if (/^EHLO/i.test(line)) say('250-here\r\n250 AUTH PLAIN')
    else if (/^AUTH/i.test(line))
      say(
        `535 who is ${
          Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString()
            .split('\0')[2]
        }`,
      )
    else if (/^MAIL/i.test(line)) {
      from = /<(.*?)>/.exec(line)?.[1] ?? ''
      say('250 ok')
    } else if (/^RCPT/i.test(line)) {
      to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
      say(refusal ?? '250 ok')
    } else if (/^DATA/i.test(line)) {
      body = []
      say('354 go on')
    } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
    else say('250 ok')
  }
  say('220 here')
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\r\n')
    pending = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}
