// All pages of submissions and callbacks.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
const home = `/orgs/${world.org}`
const pages = {
  submissions: `${home}/submissions`,
  wrong: `${home}/submissions?side=received&state=rejected&destination=x&from=y`,
  cases: `${home}/cases`,
  submission: `${home}/submissions/${world.sent}`,
  case: `${home}/cases/${world.case}`,
  find: `${home}/find?id=${world.org}`,
  callbacks: `${home}/callbacks`,
  receiver: `${home}/callbacks/${world.destination}`,
  secret: `${home}/callbacks/${world.destination}/secret`,
  delivery: `${home}/deliveries/${world.webhook}`
}

for (const look of looks('en-GB', 1280, 'light')) {
  await open(async ({ visit, judge, shot }) => {
    for (const [name, path] of Object.entries(pages)) {
      await visit(path)
      await judge(name)
      await shot(`cases-${name}`)
    }
  }, { secret: world.secret, ...look })
}

// Without scripts a filter narrows, and the test call shows what came of it.
await open(async ({ page, visit, shot, want }) => {
  await visit(pages.submissions)
  await page.locator('main summary').click()
  await page.getByLabel('Zustand').selectOption('rejected')
  await page.getByRole('button', { name: 'Eingrenzen' }).click()
  want(await page.locator('table tbody tr').count() === 1, 'the filter does not show the one that was rejected')
  await visit(pages.receiver)
  await page.getByRole('button', { name: 'Jetzt probeweise aufrufen' }).click()
  await page.getByText('hat den Aufruf nicht angenommen').waitFor()
  await shot('cases-trial')
}, { secret: world.secret, javaScriptEnabled: false })

// The sender's side, and both files that can be taken along.
await open(async ({ page, judge, shot, want }) => {
  await page.goto(`${world.url}/orgs/${world.sending}/submissions`)
  await judge('sent')
  await shot('cases-sent')
  await page.goto(`${world.url}/orgs/${world.sending}/cases/${world.case}`)
  for (const name of [/im Original/, /Nachweis herunterladen/]) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).last().click()])
    want(/\.(jwt|json)$/.test(file.suggestedFilename()), `the file is called ${file.suggestedFilename()}`)
  }
}, { secret: world.sender })
