import jsonata from 'jsonata'
import type { Features } from './features.ts'

const ORDERS = {
  customer: { name: 'Dupont', city: 'Orléans' },
  orders: [
    {
      id: 'A',
      lines: [
        { sku: 'x1', price: 12.5, quantity: 2 },
        { sku: 'y2', price: 3, quantity: 10 },
      ],
    },
    { id: 'B', lines: [{ sku: 'x1', price: 12.5, quantity: 1 }] },
  ],
}
const ask =
  (expression: string, input: unknown = ORDERS, bindings?: Record<string, unknown>) =>
  async () =>
    jsonata(expression).evaluate(input, bindings)

export const features: Features = {
  paths: ask('orders.lines.price'),
  filters: ask("orders[id='A'].lines[quantity > 5].sku"),
  sums: ask('$sum(orders.lines.(price * quantity))'),
  grouping: ask('orders.lines{sku: $sum(quantity)}'),
  objects: ask('orders.{ "id": id, "total": $sum(lines.(price * quantity)), "at": %.customer.city }'),
  sorting: ask('orders.lines^(>quantity, price).sku'),
  'context and index': ask('orders#$i.lines@$l.{ "order": $i, "sku": $l.sku }'),
  functions: ask('($double := function($x) { $x * 2 }; $map(orders.lines.price, $double))'),
  'higher order': ask('$reduce($filter(orders.lines.quantity, function($q) { $q > 1 }), function($a, $b) { $a + $b })'),
  recursion: ask('($fact := function($n) { $n <= 1 ? 1 : $n * $fact($n - 1) }; $fact(10))'),
  'tail calls': ask('($count := function($n, $a) { $n = 0 ? $a : $count($n - 1, $a + 1) }; $count(500, 0))'),
  'partial application': ask('($first := $substring(?, 0, 2); $first("abcdef"))'),
  expressions: ask('["x1", "y2", "zz"][$match($, /^[a-y](\\d)$/)]'),
  'replace by expression': ask('$replace("265USD", /([0-9]+)USD/, "$$$1")'),
  'replace by function': ask(
    '$replace("temp 20C", /(\\d+)C/, function($m) { $string($number($m.groups[0]) * 9 / 5 + 32) & "F" })',
  ),
  split: ask('$split("a,  b,c", /,\\s*/)'),
  texts: ask(
    '[$uppercase("été"), $pad("5", -3, "0"), $trim("  a b "), $join(["a","b"], "-"), $base64encode("hi"), $base64decode("aGk="), $encodeUrlComponent("é&"), $formatNumber(1234.5, "#,##0.00")]',
  ),
  dates: ask(
    '[$fromMillis(0), $toMillis("2026-02-28T00:00:00Z"), $fromMillis(1772236800000, "[D01]/[M01]/[Y0001] [FNn]")]',
  ),
  numbers: ask('[$round(2.5), $power(2, 10), $sqrt(16), $formatBase(255, 16), $floor(-1.5), $average([1,2,3])]'),
  objects2: ask('$merge([{"a": 1}, $spread({"b": 2, "c": 3})])'),
  transform: ask('$ ~> |orders.lines|{"net": price * 0.8}, ["sku"]|'),
  chaining: ask('orders.lines.sku ~> $distinct() ~> $join("+")'),
  bindings: ask('orders[id=$wanted].id', ORDERS, { wanted: 'B' }),
  'a function of its own that waits': async () => {
    const expression = jsonata('$rate("EUR") * 2')
    expression.registerFunction(
      'rate',
      async (code: unknown) => ((await Promise.resolve(code)) === 'EUR' ? 1.1 : 0),
      '<s:n>',
    )
    return expression.evaluate({})
  },
  'descendants and wildcards': ask('[**.sku, customer.*]'),
  conditions: ask('orders.(id = "A" ? "first" : id in ["B"] ? "second" : "none")'),
  eval: ask('$eval("1 + 2")'),
  'a mistake in the text': () => {
    try {
      return jsonata('orders.[')
    } catch (error) {
      const { code, position, token } = error as { code: string; position: number; token: string }
      return [code, position, token]
    }
  },
  'a mistake in the types': async () => {
    try {
      return await jsonata('"a" + 1').evaluate({})
    } catch (error) {
      return (error as { code: string }).code
    }
  },
  'an error of its own': async () => {
    try {
      return await jsonata('$error("no")').evaluate({})
    } catch (error) {
      return (error as { message: string }).message
    }
  },
}
