// Somebody of an IT provider comes to the portal for the first time and goes on until an application was sent, received and accepted: in one
// language, given by the world. What they are shown to copy is what runs.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const { open, want, world } = await import(process.env.VIERKANT_BROWSER)

const locale = world.locale
const passphrase = 'drei lange Wörter hier'
const password = 'Kirschbaum-41-Laterne'
const service = 'urn:de:fim:leika:leistung:99050012104000'

// code is what an app shows for a seed.
function code (seed) {
  let bits = ''
  for (const c of seed.replace(/[\s=]/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

// mailed asks the test for the link of the latest mail to an address.
async function mailed (address) {
  const answer = await fetch(`${world.helper}/link?to=${encodeURIComponent(address)}`)
  return await answer.text()
}

// run runs a text that was copied from a page, with the program on the path and a secret in the environment.
function run (name, text, secret, more = {}) {
  const file = join(world.folder, name)
  writeFileSync(file, text)
  return execFileSync('sh', [file], { cwd: world.folder, encoding: 'utf8', env: { ...process.env, PATH: `${world.programs}:${process.env.PATH}`, VIERKANT_CLIENT_SECRET: secret, ...more } })
}

await open(async ({ page, visit, judge, shot }) => {
  let shots = 0
  const send = () => page.locator('main form.form button[type=submit]:is(.kern-btn--primary, .danger)').first().click()
  const seen = async (what) => {
    await judge(what)
    await shot(`journey-${String(++shots).padStart(2, '0')}-${what.replaceAll(' ', '-')}`)
  }

  // sign-up and second factor
  await visit('/sign-up')
  await page.fill('[name=name]', 'Anna Muster')
  await page.fill('[name=email]', world.email)
  await seen('sign-up')
  await send()
  await page.goto(await mailed(world.email))
  await page.fill('[name=password]', password)
  await page.fill('[name=again]', password)
  await seen('password')
  await send()
  const seed = await page.locator('.copy__text').first().innerText()
  await page.fill('[name=code]', code(seed))
  await seen('second-factor')
  await page.locator('form.form:has([name=code]) button[type=submit]').first().click()
  await page.waitForLoadState()
  await seen('recovery-codes')

  // organisation
  await visit('/orgs/new')
  await page.fill('[name=name]', 'IT-Verbund Musterland')
  await send()
  await page.waitForURL(/\/orgs\/[0-9a-f-]{36}$/)
  const home = new URL(page.url()).pathname.replace(/^\/portal/, '')
  await seen('organisation')

  // a sender and a subscriber
  const register = async (kind, name) => {
    await visit(`${home}/clients/new`)
    await page.fill('[name=name]', name)
    await page.check(`[name=kind][value=${kind}]`)
    await send()
    const [id, secret] = await page.locator('.copy__text').allInnerTexts()
    await seen(`client ${kind}`)
    return { id, secret }
  }
  const sender = await register('sender', 'Onlinedienst Gewerbe')
  const subscriber = await register('subscriber', 'Fachverfahren Gewerbe')

  // a destination with keys that the browser makes
  await visit(`${home}/destinations/new`)
  await page.fill('#maker-subject', 'Stadt Musterhausen')
  await page.fill('#maker-passphrase', passphrase)
  await page.fill('#maker-again', passphrase)
  await page.click('#maker-do')
  await page.waitForFunction(() => document.querySelector('#maker-files a'), null, { timeout: 240_000 })
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#maker-files a')])
  const keys = join(world.folder, 'keys.json')
  await download.saveAs(keys)
  for (const [field, value] of Object.entries({
    name: 'Gewerbeamt Musterhausen', legalName: 'Stadt Musterhausen', email: 'gewerbe@stadt.example', schemas: 'https://schema.example/a.json', service, regions: world.region, callback: world.receiver
  })) {
    if (await page.locator(`#destination-${field}`).count()) await page.fill(`#destination-${field}`, value)
  }
  await seen('destination')
  await send()
  await page.waitForSelector('.kern-alert--success')
  const destination = page.url().match(/destinations\/([0-9a-f-]{36})/)[1]
  const at = `${home}/destinations/${destination}`
  await visit(`${at}/callback`)
  if ((await page.inputValue('[name=url]')) === '') {
    await page.fill('[name=url]', world.receiver)
    await send()
    await page.waitForLoadState()
  }
  await visit(`${at}/status/active`)
  await seen('activate')
  await send()
  await page.waitForURL(new RegExp(`${at}$`))
  await page.selectOption('[name=client]', subscriber.id)
  await page.locator('form[action$="/clients"] button').click()
  await page.waitForLoadState()
  await page.locator('form[action$="/callback/test"] button').click()
  await page.waitForLoadState()
  await seen('test-fire')
  want(await (await fetch(`${world.helper}/calls`)).text() !== '0', 'the receiver was not called')

  // a route
  await visit(`${home}/routes/edit`)
  await page.fill('[name=key]', 'gewerbe')
  await page.fill('[name=name]', 'Gewerbeanmeldung')
  await page.selectOption('[name=destination]', destination)
  await page.fill('[name=services0]', service)
  await page.fill('[name=regions0]', world.region)
  await seen('route')
  await send()
  await page.waitForLoadState()
  await visit(`${home}/routes/draft/review`)
  if (await page.locator('[name=agree]').count()) await page.check('[name=agree]')
  await seen('review')
  await send()
  await page.waitForLoadState()
  await seen('published')

  // the shown snippets, and the downloaded key
  const snippet = async (client, select) => {
    await visit(`${home}/clients/${client}/snippets${select}`)
    await seen(`snippets ${client === sender.id ? 'sender' : 'subscriber'}`)
    return await page.locator('#vierkant ~ .copy .copy__text').first().innerText()
  }
  run('send.sh', await snippet(sender.id, `?service=${encodeURIComponent(service)}&region=${world.region}`), sender.secret)
  const receive = await snippet(subscriber.id, `?destination=${destination}`)
  const unlock = { VIERKANT_KEY_PASSPHRASE: passphrase }
  copyFileSync(keys, join(world.folder, 'locked.json'))
  execFileSync(join(world.programs, 'vierkant'), ['key', 'unlock', 'locked.json', '--out', 'keys'], { cwd: world.folder, env: { ...process.env, ...unlock } })
  const said = run('receive.sh', receive, subscriber.secret, unlock)
  want(/accept/i.test(said), `nothing was accepted: ${said}`)

  // what happened
  await visit(`${home}/submissions`)
  await seen('submissions')
  await page.locator('main table a[href*="/submissions/"]').first().click()
  await page.waitForLoadState()
  await seen('timeline')
  want((await page.textContent('main')).match(/accept|angenommen/i), 'the acceptance is not in the timeline')
  await visit(`${home}/golive/${destination}`)
  await seen('checklist')
  await visit(`${home}/golive`)
  await seen('checklists')
}, { locale, viewport: { width: 1280, height: 900 } })
