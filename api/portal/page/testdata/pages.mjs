// The page of an error, which every visitor may see: in both languages, on small and large screens, light and dark.
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
