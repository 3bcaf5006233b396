// Forms that are answered by a passkey: the server is asked for a challenge, the browser answers it, and an ordinary form takes the answer along.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const credential = (c) => ({ ...c, id: bytes(c.id) })

async function ask (form) {
  const answer = await fetch(form.dataset.ask, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
  if (!answer.ok || answer.redirected) throw new Error('no challenge')
  const options = await answer.json()
  options.challenge = bytes(options.challenge)
  if (options.user) options.user.id = bytes(options.user.id)
  for (const list of ['excludeCredentials', 'allowCredentials']) options[list] = options[list]?.map(credential) ?? []
  return options
}

// made is a credential as the server reads it.
function made (c) {
  const response = { clientDataJSON: text(c.response.clientDataJSON) }
  if (c.response.attestationObject) {
    response.attestationObject = text(c.response.attestationObject)
    response.transports = c.response.getTransports?.() ?? []
  } else {
    response.authenticatorData = text(c.response.authenticatorData)
    response.signature = text(c.response.signature)
    response.userHandle = c.response.userHandle ? text(c.response.userHandle) : undefined
  }
  return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response, clientExtensionResults: {}, authenticatorAttachment: c.authenticatorAttachment ?? undefined })
}

const ceremonies = {
  create: async (options) => made(await navigator.credentials.create({ publicKey: options })),
  get: async (options) => made(await navigator.credentials.get({ publicKey: options }))
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.closest('[data-passkey-part]').hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const problem = form.querySelector('[data-passkey-problem]')
    problem.hidden = true
    try {
      form.elements.answer.value = await ceremonies[form.dataset.passkey](await ask(form))
      form.submit()
    } catch {
      problem.hidden = false
    }
  })
}
