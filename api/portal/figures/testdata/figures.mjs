// Figures and the operator's view: in both languages, on small and large screens, light and dark.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const looks = [['de-DE', 320, 'light'], ['de-DE', 1280, 'dark'], ['en-GB', 320, 'dark'], ['en-GB', 1280, 'light']]
// All pages are judged in German on a narrow screen by the test of the whole portal; here they are in one other look, or in all where pictures are kept.
for (const [locale, width, colorScheme] of process.env.VIERKANT_SCREENSHOTS ? looks : looks.slice(2, 3)) {
  const look = { locale, colorScheme, viewport: { width, height: 900 } }
  const name = (page) => `figures-${page}-${locale}-${width}-${colorScheme}`
  await open(async ({ visit, judge, shot, page, want }) => {
    await visit(`/orgs/${world.org}/figures`)
    await shot(name('30d'))
    want(await page.locator('svg.chart').count() === 5, 'there are not five charts')
    await page.locator('summary').first().press('Enter')
    want(await page.locator('table').first().isVisible(), 'the table of a chart does not open by keyboard')
    await page.locator('details').evaluateAll((all) => all.forEach((one) => { one.open = true }))
    await judge('figures with all tables')
    await page.selectOption('#period', '24h')
    await page.selectOption('#of', 'sent')
    await page.locator('.filter button').click()
    await page.waitForURL(/period=24h&of=sent/)
    await judge()
    await shot(name('24h'))
  }, { secret: world.reader, ...look })
  await open(async ({ visit, judge, shot }) => {
    await visit('/platform/operation')
    await judge()
    await shot(name('operation'))
    await visit('/platform/figures?period=1y')
    await judge()
    await shot(name('installation'))
  }, { secret: world.operator, ...look })
}
