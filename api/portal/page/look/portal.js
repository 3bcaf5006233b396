// What all pages have: copying, and the focus on what went wrong. Without it pages work all the same.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const label = button.querySelector('[data-copied]')
    await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent)
    label.setAttribute('role', 'status')
    label.textContent = label.dataset.copied
  })
}

document.querySelector('[data-focus]')?.focus()

// A form is sent once, however often its button is pressed; the server sees to that too.
for (const form of document.querySelectorAll('form.form')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
addEventListener('pageshow', () => { for (const form of document.forms) delete form.dataset.sent })

if (document.querySelector('[data-lookup]')) import('./lookup.js')
