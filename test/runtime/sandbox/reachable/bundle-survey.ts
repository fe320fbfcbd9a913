import { join } from 'node:path'
import { build } from 'esbuild'
import { SYNTAX_OBJECTS } from './syntax-objects.ts'

/**
 * The survey as an entry script: `annexExtension.survey(ctx)`. What stands before it is sloppy; the survey itself is
 * strict, so that no frame of a stack leads to its own functions.
 */
export async function bundleSurvey(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'survey.ts')],
    bundle: true,
    write: false,
    platform: 'neutral',
    format: 'iife',
    globalName: 'survey',
    target: 'es2024',
    logLevel: 'silent',
  })
  const { text } = result.outputFiles[0] as { text: string }
  return `${SYNTAX_OBJECTS}\nvar annexExtension = (() => {${text}; return survey })()`
}
