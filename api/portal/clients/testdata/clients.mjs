// The pages of API clients: as they look, copying, and without scripts.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)

const pages = {
  list: world.home + '/clients',
  new: world.home + '/clients/new',
  client: world.path,
  change: world.path + '/change',
  rotate: world.path + '/secret',
  disable: world.path + '/disable',
  snippets: world.path + '/snippets',
  subscriber: world.receives
}

for (const look of looks('en-GB', 1280, 'dark')) {
  await open(async ({ page, visit, judge, shot }) => {
    for (const [name, path] of Object.entries(pages)) {
      await visit(path)
      await judge(name)
      await shot(`clients-${name}`)
    }
    await visit(pages.new)
    await page.click('main button[type=submit]')
    await judge('new, refused')
    await shot('clients-refused')
    await page.fill('[name=name]', 'Onlinedienst Gewerbe')
    await page.check('[name=kind][value=sender]')
    await page.click('main button[type=submit]')
    await judge('secret')
    await shot('clients-secret')
  }, { secret: world.secret, ...look })
}

// The secret is copied, and is gone after the way back.
await open(async ({ page, visit, want }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await visit(pages.new)
  await page.fill('[name=name]', 'Kopie')
  await page.check('[name=kind][value=subscriber]')
  await page.click('main button[type=submit]')
  const secret = await page.locator('.copy__text').nth(1).innerText()
  await page.locator('[data-copy]').nth(1).click()
  want(await page.evaluate(() => navigator.clipboard.readText()) === secret, 'the secret was not copied')
  await page.goto(world.url + pages.list)
  await page.goBack().catch(() => {}) // Chromium has nothing to show: the page was not kept, and is not asked for again by itself
  want(!(await page.locator('body').innerText()).includes(secret), 'the back button shows the secret again')
}, { secret: world.secret })

// All of it works without scripts.
await open(async ({ page, visit, want }) => {
  await visit(pages.new)
  await page.fill('[name=name]', 'Ohne Skript')
  await page.check('[name=kind][value=sender]')
  await page.fill('[name=region]', 'DE05515')
  await page.click('main button[type=submit]')
  want((await page.locator('.copy__text').count()) === 3, 'no secret was shown')
  await page.click('text=Zum API-Client')
  want((await page.content()).includes('send:region:DE05515'), 'the region was not taken')
}, { secret: world.secret, javaScriptEnabled: false })
