// Organisations and people.
const { open, looks, world } = await import(process.env.VIERKANT_BROWSER)
const home = `/orgs/${world.org}`
for (const look of looks('en-GB', 1280, 'dark')) {
  const see = (paths) => async ({ visit, judge, shot }) => {
    for (const [name, path] of Object.entries(paths)) {
      await visit(path)
      await judge(path)
      await shot(`team-${name}`)
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
