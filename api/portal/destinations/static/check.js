// While somebody fills in a form, the server says what is wrong: the form goes to its address with /check behind it, and what comes back stands at the
// fields that were left. Without this, it is said when the form is sent.
const form = document.querySelector('form.form[method="post"]')
const left = new Set()
let asked = 0

// place is the element that holds a field, its label and what is wrong with it.
const place = (field) => field.closest('.kern-form-input, .kern-fieldset')

function clear (field) {
  document.getElementById(`${field.id}-problem`)?.remove()
  field.removeAttribute('aria-invalid')
  const rest = (field.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== `${field.id}-problem`)
  if (rest.length > 0) field.setAttribute('aria-describedby', rest.join(' '))
  else field.removeAttribute('aria-describedby')
  place(field).classList.remove('kern-form-input--error')
  field.classList.remove('kern-form-input__input--error')
}

function mark (field, problem) {
  const note = document.createElement('p')
  note.className = 'kern-error'
  note.id = `${field.id}-problem`
  const text = document.createElement('span')
  text.className = 'kern-body'
  text.textContent = problem.text + ' '
  if (problem.exact) {
    const exact = document.createElement('span')
    exact.lang = 'en'
    exact.textContent = problem.exact
    text.append(exact)
  }
  note.append(text)
  place(field).append(note)
  place(field).classList.add('kern-form-input--error')
  field.classList.add('kern-form-input__input--error')
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute('aria-describedby', [field.getAttribute('aria-describedby'), note.id].filter(Boolean).join(' '))
}

async function ask () {
  const mine = ++asked
  const sent = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (name !== 'once' && typeof value === 'string') sent.append(name, value)
  const answer = await fetch(location.pathname + '/check', { method: 'POST', body: sent })
  if (!answer.ok || mine !== asked) return
  const { problems } = await answer.json()
  for (const field of left) {
    clear(field)
    const problem = problems.find((p) => p.field === field.id)
    if (problem) mark(field, problem)
  }
}

form?.addEventListener('change', (event) => {
  if (!event.target.name || !event.target.matches('input:not([type="checkbox"], [type="radio"], [type="file"]), textarea, select')) return
  left.add(event.target)
  ask().catch(() => {}) // the server says it again when the form is sent
})
