import type { AddressInfo } from 'node:net'
import type { Config } from '../runtime/config.ts'
import { banner } from './banner.ts'
import { createApp } from './gateway/app.ts'
import { createServices } from './services.ts'

/** Starts the whole service and says so through `print`. Answers what drains and ends it. */
export async function serve(config: Config, print: (line: string) => void): Promise<() => Promise<void>> {
  const services = await createServices(config)
  const app = await createApp(services, config)
  const stop = async () => {
    services.drain()
    await app.close()
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
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}
