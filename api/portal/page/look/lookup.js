// Suggests values for fields with data-lookup: a combobox with a list (WAI-ARIA 1.2). A field of one line is the combobox itself; one of several lines
// gets a combobox above, and what is chosen there becomes a line. Without this, keys are typed.
const words = {
  de: { add: 'Suchen und hinzufügen', count: (n, all) => all > n ? `${n} von ${all} Treffern` : `${n} Treffer`, none: 'Kein Treffer', list: 'Vorschläge' },
  en: { add: 'Search and add', count: (n, all) => all > n ? `${n} of ${all} found` : `${n} found`, none: 'Nothing found', list: 'Suggestions' }
}[document.documentElement.lang]

const pause = 200 // ms without a key until the server is asked

class Lookup {
  constructor (input, address, choose) {
    Object.assign(this, { input, address, choose, found: [], at: -1, asked: 0 })
    this.list = Object.assign(document.createElement('ul'), { id: `${input.id}-list`, className: 'lookup', hidden: true })
    this.list.setAttribute('role', 'listbox')
    this.list.setAttribute('aria-label', words.list)
    this.status = Object.assign(document.createElement('p'), { className: 'lookup__status', role: 'status' })
    this.status.setAttribute('role', 'status')
    input.after(this.list, this.status)
    for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': this.list.id, autocomplete: 'off', spellcheck: 'false' })) {
      input.setAttribute(name, value)
    }
    input.addEventListener('input', () => this.later())
    input.addEventListener('keydown', (event) => this.key(event))
    input.addEventListener('blur', () => this.close())
  }

  later () {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask().catch(() => this.close()), pause)
  }

  async ask () {
    const mine = ++this.asked
    const text = this.input.value.trim()
    if (text.length < 2) return this.close()
    const answer = await fetch(`${this.address}?${new URLSearchParams({ q: text })}`)
    if (!answer.ok || mine !== this.asked || document.activeElement !== this.input) return
    const { found, total } = await answer.json()
    this.show(found)
    this.status.textContent = found.length > 0 ? words.count(found.length, total) : words.none
  }

  show (found) {
    this.found = found
    this.at = -1
    this.list.replaceChildren(...found.map((one, i) => this.option(one, i)))
    this.list.hidden = found.length === 0
    this.input.setAttribute('aria-expanded', String(found.length > 0))
    this.input.removeAttribute('aria-activedescendant')
  }

  option (one, i) {
    const option = Object.assign(document.createElement('li'), { id: `${this.list.id}-${i}` })
    option.setAttribute('role', 'option')
    option.setAttribute('aria-selected', 'false')
    const text = Object.assign(document.createElement('span'), { textContent: one.text })
    const more = Object.assign(document.createElement('span'), { className: 'lookup__more', textContent: [one.more, one.value].filter(Boolean).join(' · ') })
    option.append(text, ' ', more)
    option.addEventListener('mousedown', (event) => { event.preventDefault(); this.take(i) })
    return option
  }

  close () {
    this.asked++
    clearTimeout(this.timer)
    this.show([])
    this.status.textContent = ''
  }

  key (event) {
    const moves = { ArrowDown: 1, ArrowUp: -1 }
    if (event.key in moves && this.found.length > 0) {
      event.preventDefault()
      this.move((this.at + moves[event.key] + this.found.length + (this.at < 0 && moves[event.key] < 0 ? 1 : 0)) % this.found.length)
    } else if (event.key === 'Enter' && this.at >= 0) {
      event.preventDefault()
      this.take(this.at)
    } else if (event.key === 'Escape' && !this.list.hidden) {
      event.preventDefault()
      this.close()
    }
  }

  move (to) {
    this.list.children[this.at]?.setAttribute('aria-selected', 'false')
    this.at = to
    const option = this.list.children[to]
    option.setAttribute('aria-selected', 'true')
    option.scrollIntoView({ block: 'nearest' })
    this.input.setAttribute('aria-activedescendant', option.id)
  }

  take (i) {
    const one = this.found[i]
    this.close()
    this.choose(one)
    this.status.textContent = one.text
  }
}

const changed = (field) => field.dispatchEvent(new Event('change', { bubbles: true }))

function single (input) {
  new Lookup(input, input.dataset.lookup, (one) => { input.value = one.value; changed(input) }) // eslint-disable-line no-new
}

function several (area) {
  const label = Object.assign(document.createElement('label'), { className: 'kern-label', htmlFor: `${area.id}-search`, textContent: words.add })
  const input = Object.assign(document.createElement('input'), { id: `${area.id}-search`, type: 'text', className: 'kern-form-input__input' })
  area.before(label, input)
  new Lookup(input, area.dataset.lookup, (one) => { // eslint-disable-line no-new
    const lines = area.value.split('\n').map((line) => line.trim()).filter(Boolean)
    if (!lines.includes(one.value)) lines.push(one.value)
    area.value = lines.join('\n')
    input.value = ''
    changed(area)
  })
}

for (const field of document.querySelectorAll('[data-lookup]')) (field.matches('textarea') ? several : single)(field)
