import { pino } from 'pino'

type Fields = Record<string, unknown>

/** Structured log lines. Fields named like a secret never reach the output. */
export interface Log {
  debug(fields: Fields, message: string): void
  info(fields: Fields, message: string): void
  warn(fields: Fields, message: string): void
  error(fields: Fields, message: string): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const SECRET_NAMES = ['password', 'secret', 'token', 'authorization', 'apiKey', 'credentials', 'cookie', 'accessToken']

/** JSON lines on standard error, so that standard output stays free for what a person or a script reads. */
export function createLog(level: LogLevel): Log {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, pino.destination({ fd: 2, sync: true }))
}
