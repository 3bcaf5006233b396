// Makes keys on the page of a form that takes public ones. What is typed here has no name and is never sent.
import { lock, make } from './pair.js'

const maker = document.getElementById('maker')
const button = document.getElementById('maker-do')
const says = maker.dataset
const status = document.getElementById('maker-status')
const files = document.getElementById('maker-files')
const selfSigned = says.selfSigned === 'true'
const field = (name) => document.getElementById('maker-' + name)

// targets are the fields of the other form that take a public key, with what for.
function targets () {
  const both = [['enc', 'destination-encryptionKey'], ['sig', 'destination-signingKey']]
  if (document.getElementById(both[0][1])) return both.map(([use, id]) => ({ use, field: document.getElementById(id) }))
  const use = document.querySelector('input[name="use"]:checked').value
  return [{ use, field: document.getElementById('key-key') }]
}

// refusal says what is wrong with what was typed, and where.
function refusal () {
  if (field('subject').value.trim() === '') return ['subject', says.nameless]
  if ([...field('passphrase').value.normalize('NFC')].length < 12) return ['passphrase', says.short]
  if (field('passphrase').value !== field('again').value) return ['again', says.differ]
}

let unsaved = false
addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault() })

// offer shows a file to be kept.
function offer (label, name, content, secret) {
  const link = document.createElement('a')
  link.className = 'kern-link'
  link.href = URL.createObjectURL(new Blob([content], { type: secret ? 'application/jose' : 'application/x-pem-file' }))
  link.download = name
  link.textContent = `${label}: ${name}`
  if (secret) link.addEventListener('click', () => { unsaved = false })
  const item = document.createElement('li')
  item.append(link)
  files.append(item)
}

async function makeAll (wanted) {
  const subject = field('subject').value.trim()
  const pairs = []
  for (const { use } of wanted) pairs.push(await make(use, subject, selfSigned))
  const locked = await lock(pairs.map((pair) => pair.secret), field('passphrase').value)
  unsaved = true
  offer(says.locked, `vierkant-${pairs[0].kid.slice(0, 8)}.jwe`, locked, true)
  for (const [i, pair] of pairs.entries()) {
    if (pair.request) offer(`${says.request}, ${says[pair.use]}`, `vierkant-${pair.kid.slice(0, 8)}-${pair.use}.csr.pem`, pair.request, false)
    else fill(wanted[i].field, pair.open)
  }
}

function fill (target, open) {
  target.value = JSON.stringify(open, null, 2)
  target.dispatchEvent(new Event('change', { bubbles: true }))
}

async function start () {
  for (const input of maker.querySelectorAll('input')) input.removeAttribute('aria-invalid')
  const wrong = refusal()
  if (wrong) {
    status.textContent = wrong[1]
    field(wrong[0]).setAttribute('aria-invalid', 'true')
    field(wrong[0]).focus()
    return
  }
  button.disabled = true
  files.hidden = true
  files.replaceChildren()
  status.textContent = says.making
  try {
    await makeAll(targets())
    for (const name of ['passphrase', 'again']) field(name).value = ''
    files.hidden = false
    status.textContent = says.ready
  } catch (error) {
    status.textContent = `${says.failed} ${error.message}`
  }
  button.disabled = false
}

button.addEventListener('click', start)

// The key that sends a form makes keys here.
maker.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.target === button || event.target.matches('a')) return
  event.preventDefault()
  if (!button.disabled) start()
})

// Whose keys they are is mostly known by now.
const authority = document.getElementById('destination-legalName')
authority?.addEventListener('change', () => { if (field('subject').value === '') field('subject').value = authority.value.trim().slice(0, 64) })

maker.hidden = !globalThis.crypto?.subtle
