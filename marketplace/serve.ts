import { readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Config } from '../runtime/config.ts'
import { banner } from './banner.ts'
import { seedCatalog } from './catalog/seed-catalog.ts'
import { createApp } from './gateway/app.ts'
import { createServices, type Services } from './services.ts'

/** Starts the whole service and says so through `print`. Answers what drains and ends it. */
export async function serve(config: Config, print: (line: string) => void): Promise<() => Promise<void>> {
  const services = await createServices(config)
  const app = await createApp(services, config)
  let seeding: Promise<void> = Promise.resolve()
  const stop = async () => {
    services.drain()
    await app.close()
    await seeding
    await services.stop()
  }
  try {
    const operator = await services.accounts.createFirstOperator(config.operatorEmail)
    const { isolation } = await services.health()
    await app.listen({ host: config.host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    print(banner({ config, port, isolation, operator }))
    // Last, so that whoever waits for readiness finds everything said and everything running.
    await services.start()
    if (config.seed) seeding = seed(services, print)
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

const EXAMPLES = join(import.meta.dirname, '../extensions-examples')

/** Behind the start: the service answers while the examples are packed and checked. */
async function seed(services: Services, print: (line: string) => void): Promise<void> {
  try {
    const entries = await readdir(EXAMPLES, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(EXAMPLES, name))
    const { jobs, sandbox } = services.runtime
    const seeded = await seedCatalog({ ...services, jobs, sandbox }, folders.sort())
    const published = seeded.filter(({ outcome }) => outcome === 'published').map(({ extension }) => extension)
    if (published.length > 0) print(`catalog    ${published.join(', ')}`)
  } catch (error) {
    services.log.error({ err: error }, 'the catalog was not filled with the examples')
  }
}
