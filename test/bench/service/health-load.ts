import { Agent, get } from 'node:http'

/**
 * Asks `<url>/health` so many times a second, whether or not earlier answers have come, until standard input ends; then
 * prints the milliseconds of each answer as a JSON list. In a process of its own: the asker must not wait for the asked.
 */
const [url = '', perSecond = '100'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 50 })
const between = 1000 / Number(perSecond)
const latencies: number[] = []
const began = performance.now()
let asked = 0
let open = 0

function ask(): void {
  asked++
  open++
  send(performance.now())
}

function send(sent: number): void {
  const request = get(`${url}/health`, { agent }, (answer) => {
    answer.resume().on('end', () => {
      open--
      if (answer.statusCode !== 200) throw new Error(`/health answered ${answer.statusCode}`)
      latencies.push(performance.now() - sent)
    })
  })
  request.on('error', (error: NodeJS.ErrnoException) => {
    // The server ended an idle connection just as it was taken up again: asked once more, the time goes on.
    if (!request.reusedSocket || error.code !== 'ECONNRESET') throw error
    send(sent)
  })
}

/** Those that a late timer missed are made up for. */
const timer = setInterval(() => {
  while (asked * between < performance.now() - began) ask()
}, between)

process.stdin.resume().on('end', () => {
  clearInterval(timer)
  const ending = setInterval(() => {
    if (open > 0) return
    clearInterval(ending)
    agent.destroy()
    process.stdout.write(JSON.stringify(latencies))
  }, 10)
})
