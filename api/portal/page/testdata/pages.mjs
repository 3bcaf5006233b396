// The page of an error, which every visitor may see: in both languages, on small and large screens, light and dark.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const all = process.env.VIERKANT_SCREENSHOTS
for (const locale of ['de-DE', 'en-GB']) {
  for (const width of all ? [320, 1280] : [locale === 'de-DE' ? 1280 : 320]) {
    for (const colorScheme of all ? ['light', 'dark'] : [locale === 'de-DE' ? 'light' : 'dark']) {
      await open(async ({ visit, judge, shot, page, want }) => {
        await visit('/nowhere')
        await judge()
        await shot(`refusal-${locale}-${width}-${colorScheme}`)
        await page.keyboard.press('Tab')
        want(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first thing to reach is not the way to the content')
      }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
    }
  }
}
