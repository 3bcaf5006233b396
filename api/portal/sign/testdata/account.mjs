// Pages of the account and of the way in, as they look.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const pages = [
  'account', 'account/address', 'account/password', 'account/factors', 'account/factors/app', 'account/factors/passkey', 'account/factors/recovery',
  'account/sessions', 'account/tokens', 'prove'
]
const outside = ['sign-in', 'sign-up', 'forgotten']
// Both languages, widths and colours, each once; for people who look at pictures, all of them.
// All pages are judged in German on a narrow screen by the test of the whole portal; here they are in one other look, or in all where pictures are kept.
const looks = [['en-GB', 320, 'dark']]
if (process.env.VIERKANT_SCREENSHOTS) looks.push(['de-DE', 1280, 'light'], ['de-DE', 320, 'light'], ['en-GB', 1280, 'dark'])
for (const [locale, width, colorScheme] of looks) {
  const options = { locale, colorScheme, viewport: { width, height: 800 } }
  for (const [paths, secret] of [[pages, world.secret], [outside, undefined]]) {
    await open(async ({ visit, judge, shot }) => {
      for (const path of paths) {
        await visit('/' + path)
        await judge()
        await shot(`sign-${path.replaceAll('/', '-')}-${locale}-${width}-${colorScheme}`)
      }
    }, { ...options, secret })
  }
}

// A form with mistakes says so at its top and at its fields, and takes the focus there.
await open(async ({ visit, judge, shot, page, want }) => {
  await visit('/sign-up')
  await page.locator('main form button[type=submit]').click()
  await judge()
  await shot('sign-sign-up-mistakes')
  want(await page.evaluate(() => document.activeElement.className.includes('errors')), 'the focus is not on what is wrong')
})
