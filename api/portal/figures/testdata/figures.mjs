// Figures and the operator's view.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
for (const look of looks('en-GB', 320, 'dark')) {
  await open(async ({ visit, judge, shot, page, want }) => {
    await visit(`/orgs/${world.org}/figures`)
    await shot('figures-30d')
    want(await page.locator('svg.chart').count() === 5, 'there are not five charts')
    await page.locator('main summary').first().press('Enter')
    want(await page.locator('table').first().isVisible(), 'the table of a chart does not open by keyboard')
    await page.locator('main details').evaluateAll((all) => all.forEach((one) => { one.open = true }))
    await judge('figures with all tables')
    await page.selectOption('#period', '24h')
    await page.selectOption('#of', 'sent')
    await page.locator('.filter button').click()
    await page.waitForURL(/period=24h&of=sent/)
    await judge()
    await shot('figures-24h')
  }, { secret: world.reader, ...look })
  await open(async ({ visit, judge, shot }) => {
    await visit('/platform/operation')
    await judge()
    await shot('figures-operation')
    await visit('/platform/figures?period=1y')
    await judge()
    await shot('figures-installation')
  }, { secret: world.operator, ...look })
}
