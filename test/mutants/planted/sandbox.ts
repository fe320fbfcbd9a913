import type { Mutant } from '../mutant.ts'

const GUEST_PROCESS = 'test/runtime/sandbox/guest-process.test.ts'
const GUEST_POOL = 'test/runtime/sandbox/guest-pool.test.ts'
const HOST_CALLS = 'test/runtime/sandbox/host-calls.test.ts'
const HOSTILE_FRAMES = 'test/runtime/sandbox/hostile-frames.test.ts'
const SANDBOX = 'test/runtime/sandbox/sandbox.test.ts'

export const SANDBOX_MUTANTS: readonly Mutant[] = [
  {
    title: 'a frame may be as long as it says',
    why: 'a child that an attacker took over would fill the memory of the service',
    file: 'runtime/sandbox/framing.ts',
    text: 'if (length === 0 || length > maxBytes)',
    replacement: 'if (length === 0)',
    red: ['test/runtime/sandbox/framing.test.ts', HOSTILE_FRAMES],
  },
  {
    title: 'an answer is taken whatever was asked',
    why: 'a child that an attacker took over would answer for the runs of others',
    file: 'runtime/sandbox/guest-process.ts',
    text: 'if (!message || !asked || !isAnswerTo(message, asked.question)) return',
    replacement: 'if (!message || !asked) return',
    red: [GUEST_PROCESS],
  },
  {
    title: 'a child is used though a layer of its cage does not hold',
    why: 'what the operator is told holds would not',
    file: 'runtime/sandbox/guest-process.ts',
    text: 'if (broken.length === 0) {',
    replacement: 'if (broken.length >= 0) {',
    red: [HOSTILE_FRAMES],
  },
  {
    title: 'one of the four function constructors is forgotten',
    why: 'a guest could make code from text again',
    file: 'runtime/sandbox/child/prelude/harden.ts',
    text: 'const samples = [() => {}, async () => {}, function* () {}, async function* () {}]',
    replacement: 'const samples = [() => {}, async () => {}, function* () {}]',
    red: ['test/runtime/sandbox/reachable-objects.test.ts'],
  },
  {
    title: 'what a guest computes after an await is not limited',
    why: 'one installation would take a processor for as long as it likes',
    file: 'runtime/sandbox/guest-run.ts',
    text: "const cpuMs = this.#limits.sliceMs + (kind === 'run' ? CAGE_LIMITS.loadMs : 0)",
    replacement: "const cpuMs = kind === 'run' ? this.#limits.sliceMs + CAGE_LIMITS.loadMs : 3_600_000",
    red: ['test/escapes/cpu/patterns.alone.test.ts'],
  },
  {
    title: 'the memory watch looks and never kills',
    why: 'memory that no heap limit counts would grow until the machine is full',
    file: 'runtime/sandbox/guest-process.ts',
    text: `    if (residentBytes > CAGE_LIMITS.residentBytes) return this.kill('memory', this.#whoGrew())
    if (this.#memory.grown(run) > CAGE_LIMITS.growthBytes) return this.kill('memory')
`,
    replacement: '',
    red: [GUEST_PROCESS],
  },
  {
    title: 'two organizations share a process',
    why: 'what breaks out of an isolate would meet the data of another tenant',
    file: 'runtime/sandbox/guest-pool.ts',
    text: 'slot.organizationId === tenancy.organizationId && slot.isOpen()',
    replacement: 'slot.isOpen()',
    red: [SANDBOX],
  },
  {
    title: 'a guest’s word is enough for the class of its end',
    why: 'an extension could pass its own faults off as refusals of the platform',
    file: 'runtime/sandbox/run-step.ts',
    text: 'code !== undefined && (this.#refusals.has(code) || ',
    replacement: 'code !== undefined && (code.length > 0 || ',
    red: [SANDBOX],
  },
  {
    title: 'the circuit of an installation that kills its process never opens',
    why: 'one extension would cost everybody else a process again and again',
    file: 'runtime/invocations/circuits.ts',
    text: 'circuit.until = now + circuit.openMs',
    replacement: '',
    red: ['test/runtime/invocations/circuits.test.ts'],
  },
  {
    title: 'all children run as one user',
    why: 'one that broke out could signal and trace the others',
    file: 'runtime/sandbox/cage.ts',
    text: 'FIRST_UID + (slot % SLOT_UIDS)',
    replacement: 'FIRST_UID',
    red: [GUEST_POOL],
  },
  {
    title: 'one organization may fill the whole queue',
    why: 'everybody else would be turned away',
    file: 'runtime/sandbox/guest-pool.ts',
    text: 'return own.length >= CAGE_LIMITS.queueLengthOfOne',
    replacement: 'return false',
    red: [GUEST_POOL],
  },
  {
    title: 'the host does not count the calls that a child lets out',
    why: 'a child that an attacker took over counts nothing',
    file: 'runtime/sandbox/run-step.ts',
    text: 'if (++this.#hostCalls > this.#limits.hostCalls) return',
    replacement: 'if (++this.#hostCalls < 0) return',
    red: [HOST_CALLS],
  },
  {
    title: 'the host works on any number of calls at a time',
    why: 'one run would take the store and the network from all others',
    file: 'runtime/sandbox/host-calls.ts',
    text: 'if (this.#inFlight > CAGE_LIMITS.callsInFlight)',
    replacement: 'if (this.#inFlight < 0)',
    red: [HOST_CALLS],
  },
  {
    title: 'a code cache is kept without regard to its source',
    why: 'V8 takes it for the code of another extension and runs that',
    file: 'runtime/sandbox/code-cache.ts',
    text: ".update('\\0').update(source)",
    replacement: '',
    red: [SANDBOX],
  },
]
