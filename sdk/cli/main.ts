#!/usr/bin/env node
import { check } from './commands/check.ts'
import { init } from './commands/init.ts'
import { login } from './commands/login.ts'
import { pack } from './commands/pack.ts'
import { publish } from './commands/publish.ts'
import { status } from './commands/status.ts'
import { test } from './commands/test.ts'
import { runCommandLine } from './run-command-line.ts'
import { cliVersion } from './version.ts'

const commands = [init, check, test, pack, login, publish, status]
process.exitCode = await runCommandLine({ commands, version: await cliVersion() }, process.argv.slice(2))
