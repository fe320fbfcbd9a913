import { entry, type RuleCase } from '../rule-case.ts'

export const code08Case: RuleCase = {
  trips: [
    entry('async function f(ctx) { eval(await (await ctx.fetch("https://api.erp.example/x")).text()) }'),
    entry('async function f(ctx) { const r = await fetch(u); const code = await r.text(); new Function(code)() }'),
    entry('async function f() { let code; code = await (await fetch(u)).json(); return Function("x", code.body) }'),
    entry('fetch(u).then((r) => r.text()).then(eval)'),
    entry('fetch(u).then((r) => r.text()).then((code) => { new Function(code)() })'),
    entry('fetch(u).then((r) => r.text()).then(function (code) { return (0, eval)(code) })'),
    entry('import("https://cdn.erp.example/x.js")'),
    entry('import(`https://cdn.erp.example/$\x7bname}.js`)'),
    entry('importScripts("//cdn.erp.example/x.js")'),
    entry(`document.write('<script src="https://cdn.erp.example/x.js"></script>')`),
    entry(`page.innerHTML = '<p></p><script async src=' + url + '></script>'`),
  ],
  passes: [
    entry(
      'async function f(ctx) { const r = await fetch(u); const data = await r.json(); return JSON.parse(data.text) }',
    ),
    entry('async function f(ctx) { const r = await fetch(u); const make = new Function("return this"); return r }'),
    entry('fetch(u).then((r) => r.text()).then((text) => parse(text)); new Function(own)'),
    entry(`var page = '<html><script src="/app.js"></script></html>'; document.write("<p>text</p>")`),
    entry('async function f() { const code = "1"; await fetch(u); } function g(code) { return eval(code) }'),
    entry('import("./locale.js")'),
  ],
}
