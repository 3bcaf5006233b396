// Every page that was found is opened and judged. What is wrong on one does not keep the others from being looked at.
const { open, inContext, looks, world, Failed } = await import(process.env.VIERKANT_BROWSER)

// nameOf is the name of a page's picture.
const nameOf = (path) => path.replace(/^\/orgs\/[^/]*/, '/org').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'x').match(/[A-Za-z0-9]+/g)?.join('-').slice(0, 80) ?? 'start'

// unseen is an element that has the focus and does not show it; '' if all do that a few steps lead to.
async function unseen (page) {
  for (let step = 0; step < 6; step++) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(() => {
      const e = document.activeElement
      if (!e || e === document.body) return ''
      const s = getComputedStyle(e)
      return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none' ? '' : e.outerHTML.slice(0, 120)
    })
    if (found) return found
  }
  return ''
}

const wrong = []

// lookAt opens one page as a visitor.
async function lookAt (path, visitor, lang, { page, visit, judge, shot, want }) {
  const answer = await visit(path)
  want(answer.status() === 200, `${path}: got ${answer.status()}`)
  want((await page.locator('html').getAttribute('lang')) === lang, `${path} is not in the language of the browser`)
  await judge(`${path} as ${visitor.name}`)
  await shot(`${visitor.name}-${nameOf(path)}`)
  const hidden = await unseen(page)
  want(hidden === '', `${path}: the focus cannot be seen on ${hidden}`)
}

async function lookAround (visitor, lang, kit) {
  kit.page.setDefaultNavigationTimeout(60_000) // many pages, and a machine that may be busy
  for (const path of visitor.pages) {
    try {
      await lookAt(path, visitor, lang, kit)
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      wrong.push(error.message)
    }
  }
  wrong.push(...kit.wrong.splice(0))
}

await open(async ({ browser }) => {
  for (const visitor of world.visitors) {
    for (const look of looks('de-DE', 320, 'light')) {
      await inContext(browser, (kit) => lookAround(visitor, look.locale.slice(0, 2), kit), { secret: visitor.secret || undefined, ...look })
    }
  }
})
console.log(world.visitors.map((v) => `${v.name}: ${v.pages.length} pages`).join('\n'))
if (wrong.length > 0) {
  console.error(wrong.join('\n\n'))
  process.exit(1)
}
