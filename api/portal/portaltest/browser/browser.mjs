// A real browser for tests of pages. A test imports it by the address in VIERKANT_BROWSER and gets a world from VIERKANT_WORLD:
//
//   const { open, world } = await import(process.env.VIERKANT_BROWSER)
//   await open(async ({ page, visit, judge, shot, want }) => { … })
//
// shot keeps pictures where VIERKANT_SCREENSHOTS names a folder: of the page as it stands, narrow and wide, light and dark, each judged again. The name of one says all
// of it, as in clients-new-320-dark-de.png. Without that variable it does nothing.
//
// Whatever goes wrong on a page (an error in the console, a refused script, an answer above 499) fails the test, as does what axe finds.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// world is what the test says of itself: url of the portal, and the rest as it wants.
export const world = JSON.parse(process.env.VIERKANT_WORLD)

const artefacts = process.env.VIERKANT_SCREENSHOTS ?? ''

// looks are options of contexts for those who open many pages: both languages where pictures are kept; otherwise the one that is given, because all pages are
// judged in German on a narrow screen by the test of the whole portal.
export function looks (locale, width, colorScheme) {
  return (artefacts === '' ? [locale] : ['de-DE', 'en-GB']).map((locale) => ({ locale, colorScheme, viewport: { width, height: 800 } }))
}

export class Failed extends Error {}

// want fails the test unless the condition holds.
export function want (condition, what) {
  if (!condition) throw new Failed(what)
}

// open runs a test in a context of its own: options are those of a Playwright context; secret is the session of somebody who is signed in.
export async function open (test, { secret, ...options } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  try {
    await inContext(browser, test, { secret, ...options })
  } finally {
    await browser.close()
  }
}

export async function inContext (browser, test, { secret, ...options } = {}) {
  const context = await browser.newContext({ locale: 'de-DE', acceptDownloads: true, ...options })
  context.setDefaultTimeout(15_000)
  await context.addInitScript(`window.addEventListener('securitypolicyviolation', (e) => console.error('content security policy: ' + e.violatedDirective + ' ' + e.blockedURI))`)
  if (secret) await context.addCookies([{ name: 'session-test', value: secret, url: world.url, httpOnly: true, sameSite: 'Lax' }])
  const page = await context.newPage()
  const wrong = []
  watch(page, wrong)
  const kit = { browser, context, page, want, wrong }
  kit.visit = (path) => page.goto(world.url + path)
  kit.judge = (name) => judge(page, name)
  kit.shot = (name) => shot(page, name)
  await test(kit)
  want(wrong.length === 0, `the browser complains:\n${wrong.join('\n')}`)
  await context.close()
}

function watch (page, wrong) {
  page.on('pageerror', (error) => wrong.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    // a refused form (422) is an answer that the console calls an error, as is a page that is not there
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) wrong.push(`${page.url()}: ${message.text()}`)
  })
  page.on('response', (answer) => { if (answer.status() >= 500) wrong.push(`${answer.status()} ${answer.url()}`) })
}

// judge has axe look at the page, and looks itself for what is wider than the screen and for texts that are missing. The page's policy lets no
// script in but its own, so axe comes over the debugger.
export async function judge (page, name = page.url()) {
  const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })`)
  const told = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}\n    ${n.target.join(' ')}\n    ${n.failureSummary.replaceAll('\n', ' ')}`))
  want(told.length === 0, `axe on ${name}:\n  ${told.join('\n  ')}`)
  const state = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    missing: document.documentElement.innerHTML.includes('⟦no text⟧'),
    title: document.title, lang: document.documentElement.lang
  }))
  want(state.wide <= 0, `${name} is ${state.wide} px wider than the screen`)
  want(!state.missing, `${name} lacks a text`)
  want(state.title !== '' && state.lang !== '', `${name} has no title or language`)
}

export async function shot (page, name) {
  if (artefacts === '') return
  mkdirSync(artefacts, { recursive: true })
  const lang = await page.getAttribute('html', 'lang')
  const before = { viewport: page.viewportSize(), dark: await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches) }
  for (const width of [320, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const full = `${name}-${width}-${colorScheme}-${lang}`
      await dress(page, { width, height: 800 }, colorScheme)
      await judge(page, full)
      await page.screenshot({ path: join(artefacts, `${full}.png`), fullPage: true })
    }
  }
  await dress(page, before.viewport, before.dark ? 'dark' : 'light')
}

// dress gives the page another look, and waits until all colours have changed.
async function dress (page, viewport, colorScheme) {
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
}
