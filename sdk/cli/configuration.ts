import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the environment tells the command line; read once, here alone. */
export interface Configuration {
  /** The folder of `credentials.json`. */
  configFolder: string
  /** `ANNEX_SERVER`, for CI. */
  server?: string
  /** `ANNEX_KEY`: an API key, for CI. */
  key?: string
  /** `ANNEX_PASSWORD`, for `login` without a prompt. */
  password?: string
  noColor: boolean
}

export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config')
  return {
    configFolder: join(base, 'annex'),
    // no-color.org: any value that is not empty counts.
    noColor: Boolean(env.NO_COLOR),
    ...(env.ANNEX_SERVER && { server: env.ANNEX_SERVER }),
    ...(env.ANNEX_KEY && { key: env.ANNEX_KEY }),
    ...(env.ANNEX_PASSWORD && { password: env.ANNEX_PASSWORD }),
  }
}
