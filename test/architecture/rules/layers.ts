import { roomOf } from '../rooms.ts'
import type { Rule } from '../sources.ts'

/** A room imports only the rooms below it. */
export const layers: Rule = (sources) =>
  [...sources.values()].flatMap((file) => {
    const room = roomOf(file.path)
    return file.imports.flatMap(({ target, line, specifier }) => {
      if (target.kind !== 'file') return []
      const other = roomOf(target.path)
      if (other === room) return []
      if (room && other && room.mayImport.includes(other.name)) return []
      const message = `${room?.name ?? 'no room'} may not import ${other?.name ?? 'what lies outside the rooms'} (${specifier})`
      return [{ rule: 'layers', file: file.path, line, message }]
    })
  })
