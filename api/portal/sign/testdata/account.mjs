// Pages of the account and of the way in, as they look.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
const pages = [
  'account', 'account/address', 'account/password', 'account/factors', 'account/factors/app', 'account/factors/passkey', 'account/factors/recovery',
  'account/sessions', 'account/tokens', 'prove'
]
const outside = ['sign-in', 'sign-up', 'forgotten']
for (const look of looks('en-GB', 320, 'dark')) {
  for (const [paths, secret] of [[pages, world.secret], [outside, undefined]]) {
    await open(async ({ visit, judge, shot }) => {
      for (const path of paths) {
        await visit('/' + path)
        await judge()
        await shot(`sign-${path.replaceAll('/', '-')}`)
      }
    }, { ...look, secret })
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
