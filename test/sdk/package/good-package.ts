/** A small package that passes every rule, to be changed in one place by a test. */
import { checkPackage } from '@annex/package/check-package'
import type { Report } from '@annex/package/report'
import type { CheckOptions } from '@annex/package/rule'
import { writeArchive } from '@annex/package/write-archive'
import type { Manifest } from '@annex/sdk/manifest'

export type ManifestChange = (manifest: Manifest & { annex: Record<string, unknown> } & Record<string, unknown>) => void
export type Files = Record<string, string | Uint8Array | undefined>

export function goodManifest(): Manifest {
  return {
    name: '@acme/site-import',
    version: '1.2.0',
    description: 'Brings sites in',
    license: 'MIT',
    keywords: ['sites', 'erp'],
    annex: {
      kind: 'connector',
      displayName: 'Site import',
      category: 'OPERATIONS',
      integrationType: 'ERP',
      source: 'src/index.ts',
      entry: 'dist/extension.js',
      platform: '>=1.0.0 <2.0.0',
      permissions: { required: [{ scope: 'write:chantiers', reason: 'Creates the sites' }] },
      egress: [{ host: 'api.erp.example', reason: 'The API of the ERP' }],
      credentials: {
        type: 'API_KEY',
        schema: { type: 'object', properties: { apiKey: { type: 'string' } } },
        inject: [{ host: 'api.erp.example', in: 'bearer', template: '{{apiKey}}' }],
      },
    },
  }
}

const LICENSE = `MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software.
`

export const GOOD_ENTRY = `var annexExtension = (() => ({
  default: {
    kind: "connector",
    async check(ctx) {
      await ctx.fetch("https://api.erp.example/");
      return [];
    },
    streams: { sites: { schema: { type: "object" }, primaryKey: ["id"], async *read(ctx, { checkpoint }) {
      const answer = await ctx.fetch("https://api.erp.example/sites?after=" + (checkpoint ?? ""));
      yield { records: await answer.json(), deletedIds: [] };
    } } }
  }
}))();
`

export function goodFiles(): Record<string, string | Uint8Array> {
  return {
    'package.json': JSON.stringify(goodManifest(), undefined, 2),
    'README.md': `# Site import\n\n${'It brings construction sites from the ERP into the platform. '.repeat(4)}\n`,
    LICENSE,
    'annex.describe.json': JSON.stringify({
      kind: 'connector',
      handlers: ['check', 'streams.sites.read'],
      streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], read: true, write: false } },
      actions: {},
    }),
    'dist/extension.js': GOOD_ENTRY,
    'dist/extension.js.map': '{"version":3,"sources":[],"mappings":""}\n',
    'src/index.ts': 'export default {}\n',
  }
}

/** The good package with files added, replaced or (as `undefined`) left out, and its manifest changed. */
export function changedPackage({ files = {}, manifest }: { files?: Files; manifest?: ManifestChange }): Uint8Array {
  const all = new Map<string, Uint8Array>()
  for (const [path, contents] of Object.entries({ ...goodFiles(), ...files })) {
    if (contents !== undefined) all.set(path, Buffer.from(contents))
  }
  if (manifest) {
    const changed = goodManifest() as Parameters<ManifestChange>[0]
    manifest(changed)
    all.set('package.json', Buffer.from(JSON.stringify(changed, undefined, 2)))
  }
  return writeArchive(all)
}

export function check(bytes: Uint8Array, options: Partial<CheckOptions> = {}): Promise<Report> {
  return checkPackage(bytes, options)
}
