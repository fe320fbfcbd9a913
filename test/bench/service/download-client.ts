import { Agent, get, type IncomingMessage } from 'node:http'

/**
 * Downloads one address over and over and prints how often it did so in a second: `<address> <connections> <seconds>`.
 * Bodies are counted, not kept: a client that made texts of them would measure itself.
 */
const [url = '', connections = '10', seconds = '1'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const began = performance.now()
const until = began + Number(seconds) * 1000
let [done, size] = [0, 0]
await Promise.all(Array.from({ length: Number(connections) }, again))
agent.destroy()
console.log(JSON.stringify({ rate: (done * 1000) / (performance.now() - began), bytes: size }))

async function again(): Promise<void> {
  while (performance.now() < until) {
    const bytes = await download()
    if (size !== 0 && bytes !== size) throw new Error(`${url} has ${size} bytes, and then ${bytes}`)
    size = bytes
    done++
  }
}

function download(): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => count(response).then(resolve, reject)).once('error', reject)
  })
}

function count(response: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    if (response.statusCode !== 200) return reject(new Error(`${url} answered ${response.statusCode}`))
    let bytes = 0
    response.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
    })
    return response.once('end', () => resolve(bytes)).once('error', reject)
  })
}
