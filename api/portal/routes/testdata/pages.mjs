// Every page of the subject, in both languages, on small and large screens, light and dark.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const looks = [['de-DE', 320, 'light'], ['en-GB', 1280, 'light'], ['de-DE', 1280, 'dark'], ['en-GB', 320, 'dark']]
for (const [locale, width, colorScheme] of looks) {
  await open(async ({ visit, judge, shot, page }) => {
    for (const [name, path] of Object.entries(world.pages)) {
      await visit(path)
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))
      await shot(`routes-${name}-${locale}-${width}-${colorScheme}`)
      await judge(name)
      await shot(`routes-${name}-${locale}-${width}-${colorScheme}`)
    }
    await visit(world.pages.edit)
    await page.click('main form.form button[type=submit]')
    await judge('edit, refused')
    await shot(`routes-edit-refused-${locale}-${width}-${colorScheme}`)
  }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
}
