/**
 * The control, in a process of its own: the same survey in a context of isolated-vm as it comes, and the walk alone in
 * one in which a careless host left things behind: calling those would end the process. Prints both as JSON.
 */
import ivm from 'isolated-vm'
import { bundleSurvey } from './bundle-survey.ts'

async function main(): Promise<void> {
  const isolate = new ivm.Isolate({ memoryLimit: 256 })
  const script = isolate.compileScriptSync(await bundleSurvey())
  const bare = isolate.createContextSync()
  script.runSync(bare)
  const call = 'return annexExtension.survey({}).then(JSON.stringify)'
  const survey: string = await bare.evalClosure(call, [], { result: { promise: true, copy: true } })
  const leaky = isolate.createContextSync()
  leak(leaky, isolate.createContextSync())
  script.runSync(leaky)
  const look: string = leaky.evalSync('JSON.stringify(annexExtension.look())')
  console.log(`{"bare":${survey},"leaky":${look}}`)
}

function leak(context: ivm.Context, other: ivm.Context): void {
  context.global.setSync('leakedReference', new ivm.Reference({}))
  context.global.setSync('leakedObject', other.evalSync('({})', { reference: true }).derefInto())
  context.global.setSync('leakedClass', other.evalSync('(class {})', { reference: true }).derefInto())
}

await main()
