/** The command line keeps what it runs in memory: the driver of a server's database stays out of the bundle. */
export function openMongodb(): never {
  throw new Error('the packed command line has no driver for MongoDB')
}
