// The checklist is opened, a point is ticked, an own one is added, all with the keyboard; the pages are looked at in both languages, once narrow and light, once wide and dark.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const home = `/orgs/${world.org}`
const pages = {
  overview: `${home}/golive`, checklist: `${home}/golive/${world.subject}`, print: `${home}/golive/${world.subject}/print`,
  point: `${home}/golive/${world.subject}/points/training`, own: `${home}/golive-points`
}

await open(async ({ page, visit, judge, shot, want }) => {
  await visit(pages.checklist)
  await page.getByRole('link', { name: /Abhaken.*Beteiligte geschult/ }).press('Enter')
  await page.getByLabel('Anmerkung').fill('Am 12. November.')
  await page.getByLabel('Link zum Dokument').fill('kein Link')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  want(await page.evaluate(() => document.activeElement.getAttribute('role')) === 'alert', 'what went wrong has not the focus')
  await judge('a point that is refused')
  await shot('golive-refused')
  await page.getByLabel('Link zum Dokument').fill('https://akten.example/1')
  await page.keyboard.press('Enter')
  await page.getByRole('status').waitFor()
  await visit(pages.own)
  await page.getByLabel('Was soll erledigt sein?').fill('Der Personalrat stimmt zu.')
  await page.getByLabel('Onlinedienste').check()
  await page.getByRole('button', { name: 'Hinzufügen' }).press('Enter')
  await page.getByRole('status').waitFor()
}, { secret: world.secret })

// All pages are judged in German on a narrow screen by the test of the whole portal; here they are in one other look, or in all where pictures are kept.
const looks = [['de-DE', 'light', 320], ['en-GB', 'dark', 1280]]
for (const [locale, colorScheme, width] of process.env.VIERKANT_SCREENSHOTS ? looks : looks.slice(1)) {
  await open(async ({ visit, judge, shot }) => {
    for (const [name, path] of Object.entries(pages)) {
      await visit(path)
      await judge(`${name} ${locale} ${width} ${colorScheme}`)
      await shot(`golive-${name}-${locale}-${width}-${colorScheme}`)
    }
  }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
}
