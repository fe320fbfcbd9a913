import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { GroupLimits } from './control-groups.ts'
import type { LaunchEnd, LauncherNews, LauncherOrder, LaunchOrder } from './launcher/messages.ts'
import { LAUNCHER_PROGRAM } from './launcher-program.ts'

/** A child on its way, or there. */
export interface Launched {
  /** 0 until it runs. */
  readonly pid: number
  /** Its channel, once it runs; never, if it cannot be started. */
  readonly channel: Promise<Socket>
  readonly ended: Promise<LaunchEnd>
  kill(): void
}

interface Launching {
  pid: number
  socket?: Socket
  opened(socket: Socket): void
  ended(end: LaunchEnd): void
}

/**
 * The process that starts the others (`launcher/main.ts`), itself started at the first need and again after its death. It
 * keeps nobody awake but while children run.
 */
export class Launcher {
  readonly #live = new Map<number, Launching>()
  #process: ChildProcess | undefined
  #server: Server | undefined
  #folder: string | undefined
  #starting: Promise<ChildProcess> | undefined
  #lastId = 0
  readonly #groups: GroupLimits | undefined

  /** `groups`: count each child in a control group of its slot; to be had only where they can be written. */
  constructor(groups: GroupLimits | undefined) {
    this.#groups = groups
  }

  launch(order: Omit<LaunchOrder, 'id'>): Launched {
    const id = ++this.#lastId
    const channel = Promise.withResolvers<Socket>()
    const ended = Promise.withResolvers<LaunchEnd>()
    const launching: Launching = { pid: 0, opened: channel.resolve, ended: ended.resolve }
    this.#live.set(id, launching)
    this.#stayAwake()
    this.#order({ id, ...order })
    return {
      get pid() {
        return launching.pid
      },
      channel: channel.promise,
      ended: ended.promise,
      kill: () => this.#live.has(id) && this.#order({ kill: id }),
    }
  }

  /** Ends every child that is left. */
  close(): void {
    this.#process?.kill('SIGKILL')
    this.#server?.close()
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true })
  }

  #order(order: LauncherOrder): void {
    this.#starting ??= this.#start()
    this.#starting.then(
      (launcher) => launcher.stdin?.write(`${JSON.stringify(order)}\n`),
      (error: Error) => this.#bury(error.message),
    )
  }

  /** The folder of the socket is ours alone: nobody else can pass for a child. */
  async #start(): Promise<ChildProcess> {
    this.#folder = mkdtempSync(join(tmpdir(), 'annex-launcher-'))
    const path = join(this.#folder, 'channel')
    const server = createServer((socket) => this.#receive(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => server.listen(path, resolve).once('error', reject))
    server.unref()
    const launcher = spawn(process.execPath, [LAUNCHER_PROGRAM, path, JSON.stringify(this.#groups ?? null)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {},
    })
    launcher.on('error', () => {})
    launcher.stdin?.on('error', () => {})
    launcher.once('close', () => this.#bury('The launcher ended'))
    if (launcher.stdout) createInterface({ input: launcher.stdout }).on('line', (line) => this.#hear(JSON.parse(line)))
    launcher.unref()
    ;(launcher.stdin as Socket | null)?.unref()
    this.#process = launcher
    this.#stayAwake()
    return launcher
  }

  /** The first line names the child; what follows is the child's. */
  #receive(socket: Socket): void {
    let seen = Buffer.alloc(0)
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk])
      const end = seen.indexOf(0x0a)
      if (end < 0) return
      socket.off('data', onData).pause()
      if (end + 1 < seen.length) socket.unshift(seen.subarray(end + 1))
      const launching = this.#live.get(Number(seen.toString('latin1', 0, end)))
      if (!launching) return void socket.destroy()
      launching.socket = socket
      if (launching.pid > 0) launching.opened(socket)
    }
    socket.on('data', onData)
    socket.on('error', () => {})
  }

  #hear(news: LauncherNews): void {
    const launching = this.#live.get(news.id)
    if (!launching) return
    if ('pid' in news) {
      launching.pid = news.pid
      if (launching.socket) launching.opened(launching.socket)
      return
    }
    this.#live.delete(news.id)
    this.#stayAwake()
    launching.ended(news)
  }

  /** News of a child's end must find somebody, and nothing else may keep the service from ending. */
  #stayAwake(): void {
    const news = this.#process?.stdout as Socket | null | undefined
    if (this.#live.size > 0) news?.ref()
    else news?.unref()
  }

  /** With it every child dies; where nothing makes them, they end when they find their channel closed. */
  #bury(stderr: string): void {
    this.#starting = undefined
    this.#server?.close()
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true })
    for (const launching of this.#live.values())
      launching.ended({ code: null, signal: null, stderr, outOfMemory: false, launcherGone: true })
    this.#live.clear()
  }
}
