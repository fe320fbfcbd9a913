import { PLATFORM_FIELDS } from '@annex/sdk/resource'
import { resourceNamed } from '@annex/sdk/resources'
import type { Connector } from '../connectors/connectors.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { StreamBinding, StreamBindings } from './stream-binding.ts'

export type BindingProblem = { path: string; message: string }

/** What is wrong with the bindings, seen from the connector, the platform's resources and what is installed. */
export async function checkBindings(
  deps: { installations: InstallationSource },
  organizationId: string,
  connector: Connector,
  bindings: StreamBindings,
): Promise<BindingProblem[]> {
  const problems: BindingProblem[] = []
  if (Object.keys(bindings).length === 0 && Object.keys(connector.streams).length > 0)
    problems.push({ path: '/streams', message: `binds none of the streams of ${connector.displayName}` })
  for (const [name, binding] of Object.entries(bindings)) {
    const found = [
      ...checkStream(connector, name, binding),
      ...checkFields(binding),
      ...(await checkTransformations(deps.installations, organizationId, binding)),
    ]
    problems.push(...found.map(({ path, message }) => ({ path: `/streams/${name}${path}`, message })))
  }
  return problems
}

function checkStream(connector: Connector, name: string, { direction }: StreamBinding): BindingProblem[] {
  const stream = Object.hasOwn(connector.streams, name) ? connector.streams[name] : undefined
  if (!stream) return [{ path: '', message: `${connector.displayName} has no such stream` }]
  const able = direction === 'INBOUND' ? stream.read : stream.write
  return able
    ? []
    : [{ path: '/direction', message: `the stream cannot ${direction === 'INBOUND' ? 'read' : 'write'}` }]
}

function checkFields({ direction, resource, fieldMappings }: StreamBinding): BindingProblem[] {
  const declared = resourceNamed(resource)
  if (!declared) return [{ path: '/resource', message: `there is no resource ${resource}` }]
  const side = direction === 'INBOUND' ? 'targetField' : 'sourceField'
  const own = Object.keys(declared.input.properties)
  const known = new Set(direction === 'INBOUND' ? own : [...own, ...PLATFORM_FIELDS])
  return fieldMappings.flatMap((mapping, i) =>
    known.has(mapping[side]) ? [] : [{ path: `/fieldMappings/${i}/${side}`, message: `${resource} has no such field` }],
  )
}

async function checkTransformations(
  installations: InstallationSource,
  organizationId: string,
  { transformations = [] }: StreamBinding,
): Promise<BindingProblem[]> {
  const problems: BindingProblem[] = []
  for (const [i, { installation }] of transformations.entries()) {
    const active = await installations.active(organizationId, installation)
    if (active?.kind === 'transformation') continue
    problems.push({ path: `/transformations/${i}/installation`, message: 'no such transformation is installed' })
  }
  return problems
}
