// Every page about destinations, in both languages, small and large, light and dark: in each of these once, and in all their pairs where pictures
// are kept.
const { inContext, open, world } = await import(process.env.VIERKANT_BROWSER)

const one = `/orgs/${world.org}/destinations/${world.destination}`
const pages = {
  list: `/orgs/${world.org}/destinations`, new: `/orgs/${world.org}/destinations/new`, show: one, edit: `${one}/edit`, offer: `${one}/services/new`, withdraw: `${one}/services/${world.service}/remove`,
  callback: `${one}/callback`, secret: `${one}/callback/secret`, uncall: `${one}/callback/remove`, status: `${one}/status/active`, delete: `${one}/delete`, keys: `${one}/keys`, key: `${one}/keys/new`,
  activate: `${one}/keys/${world.kid}/activate`, radar: `/orgs/${world.org}/keys`
}

const looks = [['de-DE', 320, 'light'], ['en-GB', 1280, 'dark'], ['de-DE', 1280, 'light'], ['en-GB', 320, 'dark']]

await open(async ({ browser }) => {
  for (const [locale, width, colorScheme] of process.env.VIERKANT_SCREENSHOTS ? looks : looks.slice(1, 2)) {
    await inContext(browser, async ({ page, visit, judge, shot }) => {
      for (const [name, path] of Object.entries(pages)) {
        await visit(path)
        await judge(`${name} ${locale} ${width} ${colorScheme}`)
        await shot(`destinations-${name}-${locale}-${width}-${colorScheme}`)
      }
      await visit(pages.new)
      await page.click('form.form[method="post"] button[type="submit"]')
      await page.waitForSelector('.errors')
      await judge('errors')
      await shot(`destinations-errors-${locale}-${width}-${colorScheme}`)
      await visit(one)
      await page.click('form[action$="/callback/test"] button')
      await judge('trial')
      await shot(`destinations-trial-${locale}-${width}-${colorScheme}`)
    }, { secret: world.secret, locale, colorScheme, viewport: { width, height: 800 } })
  }
}, { secret: world.secret })
