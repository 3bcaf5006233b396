// The page of an error, which every visitor may see, in two looks.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
for (const [locale, width, colorScheme] of [['de-DE', 1280, 'light'], ['en-GB', 320, 'dark']]) {
  await open(async ({ visit, judge, shot, page, want }) => {
    await visit('/nowhere')
    await judge()
    await shot('refusal')
    await page.keyboard.press('Tab')
    want(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first thing to reach is not the way to the content')
  }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
}

// By keyboard: the menu can be jumped over. Where there is room it stands open, and on a narrow screen it folds away until it is asked for.
await open(async ({ page, visit, judge, shot, want }) => {
  const entry = page.locator('.menu a[href$="/clients"]')
  await visit(`/orgs/${world.org}`)
  want(await entry.isVisible() && !await page.locator('.menu summary').isVisible(), 'the menu does not stand open on a wide screen')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  want(await page.evaluate(() => document.activeElement.closest('main') !== null), 'the way to the content does not lead past the menu')
  await page.setViewportSize({ width: 320, height: 800 })
  want(!await entry.isVisible(), 'the menu stands before the content on a narrow screen')
  await page.locator('.menu summary').press('Enter')
  want(await entry.isVisible(), 'the menu does not open by keyboard')
  await judge('the menu, open')
  await shot('menu')
}, { secret: world.secret, viewport: { width: 1280, height: 800 } })
