// Every page about destinations.
const { inContext, looks, open, world } = await import(process.env.VIERKANT_BROWSER)

const one = `/orgs/${world.org}/destinations/${world.destination}`
const pages = {
  list: `/orgs/${world.org}/destinations`, new: `/orgs/${world.org}/destinations/new`, show: one, edit: `${one}/edit`, offer: `${one}/services/new`, withdraw: `${one}/services/${world.service}/remove`,
  callback: `${one}/callback`, secret: `${one}/callback/secret`, uncall: `${one}/callback/remove`, status: `${one}/status/active`, delete: `${one}/delete`, keys: `${one}/keys`, key: `${one}/keys/new`,
  activate: `${one}/keys/${world.kid}/activate`, radar: `/orgs/${world.org}/keys`
}

await open(async ({ browser }) => {
  for (const look of looks('en-GB', 1280, 'dark')) {
    await inContext(browser, async ({ page, visit, judge, shot }) => {
      for (const [name, path] of Object.entries(pages)) {
        await visit(path)
        await judge(name)
        await shot(`destinations-${name}`)
      }
      await visit(pages.new)
      await page.click('form.form[method="post"] button[type="submit"]')
      await page.waitForSelector('.errors')
      await judge('errors')
      await shot('destinations-errors')
      await visit(one)
      await page.click('form[action$="/callback/test"] button')
      await judge('trial')
      await shot('destinations-trial')
    }, { secret: world.secret, ...look })
  }
}, { secret: world.secret })
