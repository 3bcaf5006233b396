// Organisations and people: in both languages, on small and large screens, light and dark.
const { open, world } = await import(process.env.VIERKANT_BROWSER)
const home = `/orgs/${world.org}`
const looks = [['de-DE', 320, 'light'], ['en-GB', 1280, 'dark']]
// All pages are judged in German on a narrow screen by the test of the whole portal; here they are in one other look, or in all where pictures are kept.
for (const [locale, width, colorScheme] of process.env.VIERKANT_SCREENSHOTS ? looks : looks.slice(1)) {
  const look = { locale, colorScheme, viewport: { width, height: 900 } }
  const see = (paths) => async ({ visit, judge, shot }) => {
    for (const [name, path] of Object.entries(paths)) {
      await visit(path)
      await judge(path)
      await shot(`team-${name}-${locale}-${width}-${colorScheme}`)
    }
  }
  await open(see({
    home, members: `${home}/team`, invite: `${home}/team/invite`, settings: `${home}/settings`, mails: `${home}/mails`, audit: `${home}/audit`, orgs: '?all=1', identities: '/identities'
  }), { secret: world.owner, ...look })
  await open(see({
    people: '/platform/people', notice: '/platform/notice', import: '/platform/catalogues/areas', everybody: '/platform/audit'
  }), { secret: world.operator, ...look })
  await open(see({ invitation: world.invitation }), look)
}
