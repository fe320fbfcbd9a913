import { levelOf, roomOf } from '../rooms.ts'
import type { Rule, Violation } from '../sources.ts'

/** Inside a room a folder imports only folders that stand before it. */
export const folderOrder: Rule = (sources) =>
  [...sources.values()].flatMap((file): Violation[] => {
    const room = roomOf(file.path)
    if (!room?.order) return []
    const level = levelOf(room, file.path)
    const rule = 'folder-order'
    if (level === undefined)
      return [{ rule, file: file.path, message: `this folder has no place in ${room.name}'s order` }]
    return file.imports.flatMap(({ target, line, specifier }) => {
      if (target.kind !== 'file' || roomOf(target.path) !== room) return []
      const other = levelOf(room, target.path)
      if (other === undefined || other <= level) return []
      return [{ rule, file: file.path, line, message: `imports ${specifier}, which stands above it` }]
    })
  })
