// Somebody makes a destination with keys that the browser makes, as far as it can be seen from outside: what is sent, what is saved, what is said.
import { writeFileSync } from 'node:fs'
const { open, want, world } = await import(process.env.VIERKANT_BROWSER)

await open(async ({ page, visit, judge, shot }) => {
  const sent = []
  page.on('request', (request) => sent.push(request.postData() ?? ''))
  await visit(`/orgs/${world.org}/destinations/new`)
  await judge()

  // Where an authority has to sign, it is asked with a request.
  writeFileSync(world.request, await page.evaluate(async (address) => {
    const { make } = await import(address)
    return (await make('sig', 'Stadt Mühlhausen', false)).request
  }, `${world.url}/static/destinations/pair.js`))

  const status = page.locator('#maker-status')
  for (const [again, said] of [['kurz', 'mindestens 12'], ['etwas anderes', 'verschieden']]) {
    await page.fill('#maker-subject', 'Stadt Mühlhausen')
    await page.fill('#maker-passphrase', again === 'kurz' ? 'kurz' : world.passphrase)
    await page.fill('#maker-again', again)
    await page.click('#maker-do')
    await page.waitForFunction((text) => document.getElementById('maker-status').textContent.includes(text), said)
  }
  await page.fill('#maker-again', world.passphrase)
  await page.click('#maker-do')
  await page.waitForFunction(() => document.querySelector('#maker-files a'), null, { timeout: 240_000 })
  want((await status.textContent()).includes('Speichern'), 'nobody is told to keep the file')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#maker-files a')])
  await download.saveAs(world.file)
  await judge('with keys')

  for (const [field, value] of Object.entries({
    name: 'Gewerbeamt', legalName: 'Stadt Mühlhausen', email: 'gewerbe@stadt.example', schemas: 'https://schema.example/a.json'
  })) await page.fill(`#destination-${field}`, value)

  // The service is searched for, with the keyboard alone.
  await page.fill('#destination-service', '')
  await page.focus('#destination-service')
  await page.keyboard.type('gewerbe')
  await page.waitForSelector('#destination-service-list [role="option"]')
  await judge('with suggestions')
  await page.keyboard.press('ArrowDown')
  const chosen = await page.getAttribute('#destination-service', 'aria-activedescendant')
  want(await page.getAttribute(`#${chosen}`, 'aria-selected') === 'true', 'what is reached is not selected')
  await page.keyboard.press('Enter')
  want((await page.inputValue('#destination-service')).startsWith('urn:'), 'what was chosen is not in the field')

  // Regions are added one by one.
  for (const [word, key] of [['Bayern', 'DE09'], ['Hamburg', 'DE02']]) {
    await page.fill('#destination-regions-search', '')
    await page.focus('#destination-regions-search')
    await page.keyboard.type(word)
    await page.waitForSelector('#destination-regions-search-list [role="option"]')
    await page.locator('#destination-regions-search-list [role="option"]', { hasText: key }).first().click()
  }
  want((await page.inputValue('#destination-regions')).split('\n').length === 2, 'two regions were chosen: ' + await page.inputValue('#destination-regions'))

  // What is wrong is said while one types, and no more when it is right.
  await page.fill('#destination-email', 'keine')
  await page.focus('#destination-name')
  await page.waitForSelector('#destination-email-problem')
  await judge('with a problem')
  await page.fill('#destination-email', 'gewerbe@stadt.example')
  await page.focus('#destination-name')
  await page.waitForSelector('#destination-email-problem', { state: 'detached' })
  await shot('destination-new')

  await page.click('form.form[method="post"] button[type="submit"]')
  await page.waitForSelector('.kern-alert--success')
  want((await page.textContent('.kern-alert--success')).includes('angelegt'), 'it was not created')
  await judge()
  for (const part of ['"d"', '%22d%22', '"dp"', '%22dp%22', encodeURIComponent(world.passphrase), world.passphrase]) {
    want(!sent.some((body) => body.includes(part)), `${part} was sent`)
  }
}, { secret: world.secret })
