import { createTransport } from 'nodemailer'

export interface Mail {
  to: string
  subject: string
  text: string
  /** The same for the same mail, so that a second copy can be told. */
  id: string
}

/** Hands mail to the operator's server; rejects when it does not take it. */
export interface Mailer {
  send(mail: Mail): Promise<void>
  close(): void
}

const TIMEOUT_MS = 15_000

/** `url`: `smtp://user:password@host:587` or `smtps://…`. */
export function createMailer({ url, from }: { url: string; from: string }): Mailer {
  const bounds = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  // Nothing of a message may make it read a file or fetch an address.
  const transport = createTransport({ url, ...bounds, disableFileAccess: true, disableUrlAccess: true })
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return {
    async send({ to, subject, text, id }) {
      const headers = { 'auto-submitted': 'auto-generated' }
      // As an object: an address is one address, whatever it is made of.
      const one = { name: '', address: to }
      await transport.sendMail({ from, to: one, subject, text, headers, messageId: `<${id}@${domain}>` })
    },
    close: () => transport.close(),
  }
}
