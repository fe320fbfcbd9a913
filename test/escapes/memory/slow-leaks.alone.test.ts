import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

attackFamily({
  title: 'slow leaks',
  attacks: [
    {
      title: 'globals that each run leaves behind',
      code: '(globalThis.kept ??= []).push(new Array(2e6).fill(1)); return 1',
      times: 12,
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'buffers that each run leaves behind',
      code: '(globalThis.kept ??= []).push(new Uint8Array(2e7).fill(1)); return 1',
      times: 10,
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'calls that each run leaves unanswered, with what they hold',
      code: `(globalThis.kept ??= []).push(new Array(2e6).fill(1))
        const own = globalThis.kept; ctx.kv.get('k').then(() => own.push(1)); setTimeout(() => own.length, 60_000); return 1`,
      times: 12,
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'memory that grows a little in each slice of one run',
      code: '(globalThis.kept ??= []); for (;;) { kept.push(new Array(2e5).fill(1)); await ctx.kv.get("k") }',
      ends: ['MEMORY', 'CPU'],
      limits: { ...TIME_TO_GROW, hostCalls: 1_000 },
      control: grows(),
    },
    {
      title: 'memory beside the heap that grows a little in each slice, so that another may be blamed',
      code: `(globalThis.kept ??= [])
        for (;;) {
          for (let i = 0; i < 20; i++) kept.push(new Intl.DateTimeFormat('de', { dateStyle: 'full' }))
          await ctx.kv.get('k')
        }`,
      ends: ['MEMORY', 'CPU', 'QUOTA'],
      limits: { ...TIME_TO_GROW, hostCalls: 1_000 },
      control: grows(),
    },
    {
      title: 'runs at once that are each below the limit',
      code: 'const kept = (globalThis.kept ??= []); kept.push(new Array(2e6).fill(1)); await new Promise((resolve) => setTimeout(resolve, 100)); return kept.length',
      times: 12,
      atOnce: 12,
      ends: ['MEMORY'],
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'formats of dates that each run leaves behind',
      code: `const kept = globalThis.kept ??= []
        for (let i = 0; i < 3_000; i++) kept.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'full' }))
        return 1`,
      times: 8,
      harmless: (value) => value === 1,
      ends: ['MEMORY', 'CPU'],
      limits: TIME_TO_GROW,
      control: grows(),
    },
  ],
})
