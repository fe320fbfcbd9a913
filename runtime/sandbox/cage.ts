import { spawnSync } from 'node:child_process'
import { openControlGroups } from './control-groups.ts'
import { type Launched, Launcher } from './launcher.ts'
import { CAGE_LIMITS } from './limits.ts'

/** One layer of containment, and whether it holds on this machine. */
export interface CageLayer {
  name: string
  active: boolean
  detail: string
  /** Good to have where the machine grants it; full isolation does not ask for it. */
  optional?: true
}

export interface CageOptions {
  /** Bytes of the data segment; `CAGE_LIMITS.dataBytes` if absent. */
  dataBytes?: number
}

/** Starts processes that can reach nothing but the pipe to their supervisor. */
export interface Cage {
  readonly layers: readonly CageLayer[]
  /** Runs `<folder>/<script>`; `slot` picks the user that it runs as and the group that it is counted in. */
  spawn(folder: string, script: string, slot: number): Launched
  /** Ends what is left. */
  close(): void
}

/** Users that own nothing on the machine: one a slot, so that no child may signal or trace another. */
const FIRST_UID = 61_000
const SLOT_UIDS = 1_000
const NODE_FD = 3

/**
 * Finds out which layers this machine allows. All of them come from util-linux and coreutils and chain by `exec`, so the
 * process id stays that of the child. `env -i` comes first: what is loaded into the supervisor, a test runner say, may
 * add variables to every process that Node starts.
 */
export function createCage({ dataBytes = CAGE_LIMITS.dataBytes }: CageOptions = {}): Cage {
  const grants = findGrants(dataBytes)
  const { network, user, privileges, resources, nice } = grants
  const groups = { memoryBytes: dataBytes + CAGE_LIMITS.codeBytes, tasks: CAGE_LIMITS.tasks }
  const control = openControlGroups(groups)
  const launcher = new Launcher('groups' in control ? groups : undefined)
  return {
    layers: [
      layer('node-permissions', true, 'no file but its own folder, no process, no worker, no connection'),
      layer('no-jit', true, 'V8 runs without its compilers and without WebAssembly'),
      layer('empty-environment', true, 'no variable but the time zone, which is UTC on every machine'),
      layer('own-user', user, user ? 'a user of its own for each slot' : 'needs root and setpriv'),
      layer('no-new-privileges', privileges, privileges ? 'and it dies with its supervisor' : 'needs setpriv'),
      layer('network-namespace', network, network ? 'no interface but a silent loopback' : 'needs unshare --net'),
      layer('resource-limits', resources, resources ? 'data segment, open files, core files' : 'needs prlimit'),
      layer('low-priority', nice, nice ? 'nice 19' : 'needs nice'),
      {
        ...layer('control-groups', 'groups' in control, 'groups' in control ? 'memory and tasks' : control.problem),
        optional: true,
      },
    ],
    spawn: (folder, script, slot) =>
      launcher.launch({ slot, ...launchOf(prefixOf(grants, slot, dataBytes), folder, script) }),
    close: () => launcher.close(),
  }
}

/** What of the chain of commands this machine allows. */
interface Grants {
  network: boolean
  user: boolean
  privileges: boolean
  resources: boolean
  nice: boolean
}

/** Most machines allow all of it, which one process shows; else each is tried by itself. */
function findGrants(dataBytes: number): Grants {
  const root = isRoot()
  const all = { network: true, user: root, privileges: true, resources: true, nice: true }
  if (works(...prefixOf(all, 0, dataBytes))) return all
  const user = root && works('setpriv', ...userFlags(0))
  return {
    network: works(...networkCommand()),
    user,
    privileges: user || works(...PRIVILEGES),
    resources: works('prlimit', ...resourceFlags(dataBytes)),
    nice: works(...NICE),
  }
}

const PRIVILEGES = ['setpriv', '--no-new-privs', '--pdeathsig=KILL']
const NICE = ['nice', '-n19']

/** Without root a network namespace comes with a user namespace alone. */
function networkCommand(): string[] {
  return isRoot() ? ['unshare', '--net'] : ['unshare', '--user', '--net']
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function prefixOf({ network, user, privileges, resources, nice }: Grants, slot: number, dataBytes: number): string[] {
  return [
    ...(process.platform === 'linux' ? ['env', '-i', 'TZ=UTC'] : []),
    ...(network ? [...networkCommand(), '--'] : []),
    ...(user ? ['setpriv', ...userFlags(slot), '--'] : []),
    ...(privileges && !user ? [...PRIVILEGES, '--'] : []),
    ...(resources ? ['prlimit', ...resourceFlags(dataBytes), '--'] : []),
    ...(nice ? NICE : []),
  ]
}

function layer(name: string, active: boolean, detail: string): CageLayer {
  return { name, active, detail }
}

function userFlags(slot: number): string[] {
  const uid = FIRST_UID + (slot % SLOT_UIDS)
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--pdeathsig=KILL']
}

function resourceFlags(dataBytes: number): string[] {
  return [`--data=${dataBytes}`, '--nofile=64', '--core=0']
}

function works(command = 'true', ...flags: string[]): boolean {
  return spawnSync(command, [...flags, 'true'], { stdio: 'ignore', timeout: 5_000 }).status === 0
}

/**
 * Node's own binary is handed over as an open descriptor: the child's user may not be able to walk the path to it. The
 * flag against loop unrolling cures a loop that ignores termination (`for (;;) { k = new Array(1000) }`).
 */
function launchOf(prefix: string[], folder: string, script: string) {
  const node = process.execPath
  const binary = process.platform === 'linux' ? `/proc/self/fd/${NODE_FD}` : node
  const [command = binary, ...args] = [...prefix, binary, ...NODE_FLAGS, `--allow-fs-read=${folder}/*`, script]
  return { command, args, folder, node }
}

/** How V8 and Node run in every child: what compiled code depends on. */
export const NODE_FLAGS = [
  '--jitless',
  '--no-turboshaft-loop-unrolling',
  // Its clock could not be made to stand still without building all of it in every context: a third of a millisecond.
  '--no-harmony-temporal',
  '--permission',
  '--allow-addons',
  '--disable-proto=delete',
  '--disable-warning=PERM0001',
  '--no-deprecation',
] as const
