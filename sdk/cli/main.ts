#!/usr/bin/env node
import { COMMANDS } from './commands.ts'
import { runCommandLine } from './run-command-line.ts'
import { cliVersion } from './version.ts'

const line = { commands: COMMANDS, version: await cliVersion() }
process.exitCode = await runCommandLine(line, process.argv.slice(2), process)
