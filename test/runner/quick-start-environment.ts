const NAMES = ['PATH', 'NODE_COMPILE_CACHE', 'NODE_OPTIONS'] as const

/** For a process of ours that a test starts with an environment of its own: what makes its start quick, and a PATH. */
export function quickStartEnvironment(): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, process.env[name] ?? '']).filter(([, value]) => value !== ''))
}
