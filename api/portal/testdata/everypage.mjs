// Every page that was found is opened and judged. What is wrong on one does not keep the others from being looked at.
const { open, inContext, world, Failed } = await import(process.env.VIERKANT_BROWSER)

const ways = []
for (const locale of ['de-DE', 'en-GB']) {
  for (const width of [320, 1280]) {
    for (const colorScheme of ['light', 'dark']) ways.push({ locale, colorScheme, viewport: { width, height: 800 } })
  }
}
const usual = ways.slice(0, 1)

// nameOf is the name of a page's picture.
const nameOf = (path) => path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'x').replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 80) || 'home'

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
async function lookAround ({ browser }) {
  for (const visitor of world.visitors) {
    for (const way of world.all ? ways : usual) {
      const how = `${way.locale} ${way.viewport.width} ${way.colorScheme}`
      const look = async ({ page, visit, judge, shot, want, wrong: complaints }) => {
        page.setDefaultNavigationTimeout(60_000) // many pages, and a machine that may be busy
        for (const path of visitor.pages) {
          try {
            const answer = await visit(path)
            want(answer.status() === 200, `${path}: got ${answer.status()}`)
            want((await page.locator('html').getAttribute('lang')) === way.locale.slice(0, 2), `${path} is not in the language of the browser`)
            await judge(`${path} as ${visitor.name} ${how}`)
            const hidden = await unseen(page)
            want(hidden === '', `${path}: the focus cannot be seen on ${hidden}`)
            await shot(`${visitor.name}${nameOf(path)}-${how.replaceAll(' ', '-')}`)
          } catch (error) {
            if (!(error instanceof Failed)) throw error
            wrong.push(error.message)
          }
        }
        wrong.push(...complaints.splice(0))
      }
      await inContext(browser, look, { secret: visitor.secret || undefined, ...way })
    }
  }
}

await open(lookAround)
console.log(world.visitors.map((v) => `${v.name}: ${v.pages.length} pages`).join('\n'))
if (wrong.length > 0) {
  console.error(wrong.join('\n\n'))
  process.exit(1)
}
