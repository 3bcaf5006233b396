// Every page of the subject, in both languages, on small and large screens, light and dark: two looks that have all of these, and where pictures are
// wanted two more.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
// All pages are judged in German on a narrow screen by the test of the whole portal; here they are in one other look, or in all where pictures are kept.
const looks = [['en-GB', 1280, 'light']]
if (process.env.VIERKANT_SCREENSHOTS) looks.push(['de-DE', 320, 'dark'], ['de-DE', 1280, 'dark'], ['en-GB', 320, 'light'])
for (const [locale, width, colorScheme] of looks) {
  await open(async ({ visit, judge, shot, page }) => {
    for (const [name, path] of Object.entries(world.pages)) {
      await visit(path)
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))
      await shot(`routes-${name}-${locale}-${width}-${colorScheme}`)
      await judge(name)
    }
    await visit(world.pages.edit)
    await page.click('main form.form button[type=submit]')
    await judge('edit, refused')
    await shot(`routes-edit-refused-${locale}-${width}-${colorScheme}`)
  }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
}
