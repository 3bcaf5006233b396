package testenv

import (
	"net/http"
	"strings"
)

// describedCases ask for answers that are described and that no other case gets: a list of small things, so that what is written for people
// is all seen to be true.
func describedCases() []Case {
	var cases []Case
	for _, row := range []struct {
		path   string // below the environment; {d} stands for a destination, {k} for its encryption key, {x} for an id that nothing has
		who    func(*trial) string
		status int
	}{
		{"/destination-api/v1/destinations/{d}/keys", (*trial).subscriber, http.StatusOK},
		{"/destination-api/v1/destinations/x/keys", (*trial).subscriber, http.StatusBadRequest},
		{"/destination-api/v1/destinations/{d}/keys", (*trial).nobody, http.StatusUnauthorized},
		{"/destination-api/v1/destinations/{x}/keys", (*trial).subscriber, http.StatusNotFound},
		{"/destination-api/v1/destinations/{d}/keys/{k}", (*trial).sender, http.StatusOK},
		{"/destination-api/v1/destinations/x/keys/{k}", (*trial).sender, http.StatusBadRequest},
		{"/destination-api/v1/destinations/{d}/keys/{k}", (*trial).nobody, http.StatusUnauthorized},
		{"/destination-api/v1/destinations/{d}/keys/unknown-key", (*trial).sender, http.StatusNotFound},
		{"/destination-api/v2/destinations?limit=1", (*trial).subscriber, http.StatusOK},
		{"/destination-api/v2/destinations?limit=0", (*trial).subscriber, http.StatusBadRequest},
		{"/destination-api/v2/destinations", (*trial).nobody, http.StatusUnauthorized},
		{"/destination-api/v2/destinations", (*trial).sender, http.StatusForbidden},
		{"/destination-api/v2/destinations/{d}/keys/{k}", (*trial).sender, http.StatusOK},
		{"/destination-api/v2/destinations/x/keys/{k}", (*trial).sender, http.StatusBadRequest},
		{"/destination-api/v2/destinations/{d}/keys/{k}", (*trial).nobody, http.StatusUnauthorized},
		{"/submission-api/v2/destinations/x", (*trial).nobody, http.StatusBadRequest},
		{"/submission-api/v2/destinations/x/keys/{k}", (*trial).nobody, http.StatusBadRequest},
	} {
		name := "described: GET " + row.path + " is " + http.StatusText(row.status)
		cases = append(cases, own(name, func(t *trial) {
			o := t.home()
			path := strings.NewReplacer("{d}", o.id, "{k}", o.encryption.KID, "{x}", newID()).Replace(row.path)
			t.get(t.env.URL+path, row.who(t)).is(row.status)
		}))
	}
	return append(cases,
		own("described: a change beyond the limit of documents", changesTooLong),
		own("described: a form that is too long or compressed", formsRefused),
	)
}

// nobody has no token.
func (t *trial) nobody() string { return "" }

func changesTooLong(t *trial) {
	o := t.newOffice()
	long := map[string]any{"name": strings.Repeat("x", 2<<20)}
	t.patch(o, long).is(http.StatusRequestEntityTooLarge)
	t.sendJSON(http.MethodPut, t.destinations("/destinations/"+o.id), t.subscriber(), long).is(http.StatusRequestEntityTooLarge)
}

func formsRefused(t *trial) {
	long := []byte("grant_type=client_credentials&client_id=" + strings.Repeat("x", 100<<10))
	t.do(call{method: http.MethodPost, url: t.env.TokenURL, contentType: formType, body: long}).is(http.StatusRequestEntityTooLarge)
	t.do(call{
		method: http.MethodPost, url: t.env.TokenURL, contentType: formType, body: []byte(tokenForm(*t.env.Sender).Encode()),
		header: http.Header{"Content-Encoding": {"gzip"}},
	}).is(http.StatusUnsupportedMediaType)
}
