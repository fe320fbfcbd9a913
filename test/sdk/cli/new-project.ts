import { type ProjectDraft, projectFiles } from '../../../sdk/cli/template/project-files.ts'

export interface Folder {
  [name: string]: string | Folder
}

/** The files of `annex init`, in the form that `t.testdir` takes. */
export function newProject(draft: ProjectDraft): Folder {
  const root: Folder = {}
  for (const [path, text] of Object.entries(projectFiles(draft))) {
    const names = path.split('/')
    const file = names.pop() ?? ''
    let folder = root
    for (const name of names) {
      const inside = folder[name] ?? {}
      if (typeof inside === 'string') throw new TypeError(`${name} is a file and a folder`)
      folder[name] = inside
      folder = inside
    }
    folder[file] = text
  }
  return root
}
