#!/usr/bin/env node
'use strict'
// The launcher: runs on any Node that npm runs on, and starts the one that this package depends on.
const { spawn } = require('node:child_process')
const { dirname, join } = require('node:path')

const node = ownNode()
const child = spawn(node, [join(__dirname, 'annex.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
// Ctrl-C reaches both processes: the child decides what becomes of it. Other signals are for this one alone.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.once('error', (error) => fail(`${node} cannot be started: ${error.message}`))
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

/** npm installs the package of this system and leaves the others out. */
function ownNode() {
  for (const name of Object.keys(require('./package.json').optionalDependencies)) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      return join(dirname(manifest), require(manifest).bin.node)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return fail(`its own Node is not installed for ${process.platform} on ${process.arch}`)
}

function fail(why) {
  console.error(`error: annex cannot start: ${why}\n  mend:  install it again, without --omit=optional`)
  process.exit(1)
}
