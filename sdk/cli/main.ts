#!/usr/bin/env node
import { COMMANDS } from './commands.ts'
import { runCommandLine } from './run-command-line.ts'
import { cliVersion } from './version.ts'

process.exitCode = await runCommandLine({ commands: COMMANDS, version: await cliVersion() }, process.argv.slice(2))
