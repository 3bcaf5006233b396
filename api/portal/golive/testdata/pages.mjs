// The checklist is opened, a point is ticked, an own one is added, all with the keyboard.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
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

for (const look of looks('en-GB', 1280, 'dark')) {
  await open(async ({ visit, judge, shot }) => {
    for (const [name, path] of Object.entries(pages)) {
      await visit(path)
      await judge(name)
      await shot(`golive-${name}`)
    }
  }, { secret: world.secret, ...look })
}
