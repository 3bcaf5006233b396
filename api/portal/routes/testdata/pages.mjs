// Every page of the subject, with all that can be folded open.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
for (const look of looks('en-GB', 1280, 'light')) {
  await open(async ({ visit, judge, shot, page }) => {
    for (const [name, path] of Object.entries(world.pages)) {
      await visit(path)
      await page.evaluate(() => document.querySelectorAll('main details').forEach((d) => { d.open = true }))
      await judge(name)
      await shot(`routes-${name}`)
    }
    await visit(world.pages.edit)
    await page.click('main form.form button.kern-btn--primary')
    await judge('edit, refused')
    await shot('routes-edit-refused')
  }, { secret: world.secret, ...look })
}
