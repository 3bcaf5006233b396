package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// narrowed logs in with the scopes of the first generation.
func (w *world) narrowed(c client, scope string) (client, answer) {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}, "scope": {scope}}
	a := w.call(http.MethodPost, "/token", form.Encode(), as(client{}), typed("application/x-www-form-urlencoded"))
	if a.status == http.StatusOK {
		var token wire.Token
		a.decode(&token)
		c.token = token.AccessToken
		if token.Scope != scope {
			w.t.Errorf("asked for %q, got %q", scope, token.Scope)
		}
	}
	return c, a
}

// TestNarrowedSenders may send where and what their token says.
func TestNarrowedSenders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bavaria := w.destination(map[string]any{"services": []any{offer(map[string]any{"regions": []string{"DE09"}})}})
	w.patch(bavaria, `{"status":"active"}`).want(t, http.StatusOK)
	limited := w.register(context.Background(), w.sender.org, broker.NewClient{Kind: broker.Sender, Grants: []broker.Grant{{Region: "DE09"}, {Region: "DE01", Service: service}}})

	for _, c := range []struct {
		name  string
		who   client
		scope string
		ok    bool
	}{
		{"everything, one region", w.sender, "send:region:DE01010", true},
		{"everything, all regions", w.sender, "send:region:DE", true},
		{"everything, region and service", w.sender, "send:region:DE01+send:service:" + service, true},
		{"two scopes", w.sender, "send:region:DE01 send:region:DE02", true},
		{"its region", limited, "send:region:DE09", true},
		{"below its region", limited, "send:region:DE091", true},
		{"its service there", limited, "send:region:DE01+send:service:" + service, true},
		{"more than its service", limited, "send:region:DE01", false},
		{"another region", limited, "send:region:DE02", false},
		{"all regions", limited, "send:region:DE", false},
		{"the second generation", limited, string(broker.ScopeSend), false},
		{"no region", w.sender, "send:region:", false},
		{"no region at all", w.sender, "send:region:XX", false},
		{"a service alone", w.sender, "send:service:" + service, false},
		{"an empty service", w.sender, "send:region:DE+send:service:", false},
		{"creating", w.subscriber, "create:destination", false},
		{"a subscriber that sends", w.subscriber, "send:region:DE", false},
		{"a sender that subscribes", w.sender, "subscribe:destination:" + bavaria, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, a := w.narrowed(c.who, c.scope)
			if c.ok {
				a.want(t, http.StatusOK)
				return
			}
			a.want(t, http.StatusBadRequest)
			if !strings.Contains(string(a.body), `"error":"invalid_scope"`) {
				t.Errorf("got %s, want invalid_scope", a.body)
			}
		})
	}

	for _, c := range []struct {
		name   string
		who    client
		scope  string
		region string
		ok     bool
	}{
		{"its region", w.sender, "send:region:DE09", "", true},
		{"below what is served", w.sender, "send:region:DE09162", "", true},
		{"above", w.sender, "send:region:DE", "", true},
		{"another region", w.sender, "send:region:DE01", "", false},
		{"its service", w.sender, "send:region:DE09+send:service:" + service, "", true},
		{"another service", w.sender, "send:region:DE09+send:service:urn:de:other:x", "", false},
		{"a region that it may", w.sender, "send:region:DE09162", "DE09162000", true},
		{"a region that it may not", w.sender, "send:region:DE09162", "DE09161", false},
		{"a region wider than it may", w.sender, "send:region:DE09162", "DE09", false},
		{"all that it was granted", limited, "send:region:DE09 send:region:DE01+send:service:" + service, "", true},
	} {
		t.Run("announce/"+c.name, func(t *testing.T) {
			who, a := w.narrowed(c.who, c.scope)
			a.want(t, http.StatusOK)
			changes := map[string]any{"region": c.region}
			if c.region == "" {
				changes = nil
			}
			got := w.call(http.MethodPost, v2+"/submissions", announcement(t, bavaria, changes), as(who))
			if c.ok {
				got.want(t, http.StatusCreated)
				return
			}
			got.wantProblem(t, http.StatusForbidden, "forbidden", "access token")
		})
	}
}

// TestUnencodedPlus is a scope that a client put into its form as it is.
func TestUnencodedPlus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := "grant_type=client_credentials&client_id=" + w.sender.id + "&client_secret=" + w.sender.secret + "&scope=send:region:DE+send:service:" + service
	a := w.call(http.MethodPost, "/token", form, as(client{}), typed("application/x-www-form-urlencoded"))
	var token wire.Token
	a.decode(&token)
	if want := "send:region:DE+send:service:" + service; token.Scope != want {
		t.Errorf("got %q, want %q", token.Scope, want)
	}
}

// TestNarrowedSubscribers may use the destinations that their token names.
func TestNarrowedSubscribers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.active(), w.active()
	first, second := w.submitted(one), w.submitted(two)
	only, a := w.narrowed(w.subscriber, "subscribe:destination:"+one)
	a.want(t, http.StatusOK)
	w.call(http.MethodGet, v1+"/submissions/"+first.SubmissionID, "", as(only)).want(t, http.StatusOK)
	w.call(http.MethodGet, v1+"/submissions/"+second.SubmissionID, "", as(only)).wantProblem(t, http.StatusForbidden, "forbidden", two)
	w.call(http.MethodGet, v1+"/cases/"+second.CaseID+"/events", "", as(only)).wantProblem(t, http.StatusForbidden, "forbidden", two)
	w.call(http.MethodGet, v1+"/submissions?destinationId="+two, "", as(only)).wantProblem(t, http.StatusForbidden, "forbidden", two)
	var list wire.SubmissionList
	w.call(http.MethodGet, v1+"/submissions", "", as(only)).decode(&list)
	if list.TotalCount != 1 || list.Submissions[0] != first {
		t.Errorf("got %+v, want those of one destination", list)
	}
	var cases wire.CaseList
	w.call(http.MethodGet, v1+"/cases", "", as(only)).decode(&cases)
	if cases.TotalCount != 1 || cases.Cases[0].CaseID != first.CaseID {
		t.Errorf("got %+v, want those of one destination", cases)
	}
	w.call(http.MethodPatch, v1+"/destinations/"+one, `{"status":"inactive"}`, as(only)).wantProblem(t, http.StatusForbidden, "forbidden")

	manager, a := w.narrowed(w.subscriber, "manage:destination:"+one)
	a.want(t, http.StatusOK)
	w.call(http.MethodPatch, v1+"/destinations/"+one, `{"status":"inactive"}`, as(manager)).want(t, http.StatusOK)
	w.call(http.MethodPatch, v1+"/destinations/"+two, `{"status":"inactive"}`, as(manager)).wantProblem(t, http.StatusForbidden, "forbidden")
	w.call(http.MethodPost, v1+"/destinations", draft(t, nil), as(manager)).wantProblem(t, http.StatusForbidden, "forbidden")
	w.call(http.MethodGet, v1+"/submissions/"+first.SubmissionID, "", as(manager)).wantProblem(t, http.StatusForbidden, "forbidden")

	for name, who := range map[string]client{"without any destination": w.reader, "of another organisation": w.foreign} {
		for _, scope := range []string{"subscribe:destination:" + one, "manage:destination:" + one, "subscribe:destination:" + broker.NewID[string](), "subscribe:destination:x"} {
			if _, a := w.narrowed(who, scope); a.status != http.StatusBadRequest {
				t.Errorf("%s asks for %s: got %d %s", name, scope, a.status, a.body)
			}
		}
	}
}

// TestNarrowedAfterAnnouncing holds a token that may not send there: it may not finish either what another one began.
func TestNarrowedAfterAnnouncing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.destination(map[string]any{"services": []any{offer(map[string]any{"regions": []string{"DE09"}})}})
	w.patch(destination, `{"status":"active"}`).want(t, http.StatusOK)
	attachment := broker.NewID[string]()
	ref, done := w.announce(destination, attachment), w.submitted(destination)
	elsewhere, a := w.narrowed(w.sender, "send:region:DE01")
	a.want(t, http.StatusOK)
	jwe := sealed(t, "application/json", "{}")
	w.upload(ref.SubmissionID, attachment, jwe, as(elsewhere)).wantProblem(t, http.StatusForbidden, "forbidden", "access token")
	w.upload(ref.SubmissionID, attachment, jwe).want(t, http.StatusNoContent)
	w.submit(ref.SubmissionID, submitBody(t, jwe, jwe), as(elsewhere)).wantProblem(t, http.StatusForbidden, "forbidden", "access token")
	w.submit(ref.SubmissionID, submitBody(t, jwe, jwe)).want(t, http.StatusOK)
	w.submit(ref.SubmissionID, submitBody(t, jwe, jwe), as(elsewhere)).want(t, http.StatusOK) // it is only told what was done
	w.call(http.MethodGet, v2+"/cases/"+done.CaseID, "", as(elsewhere)).want(t, http.StatusOK)
}

// TestNarrowedView shows what is private of the destinations only that the token names.
func TestNarrowedView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.active(), w.active()
	for _, kind := range []string{"subscribe", "manage"} {
		only, a := w.narrowed(w.subscriber, kind+":destination:"+one)
		a.want(t, http.StatusOK)
		for _, root := range []string{v1, "/destination-api/v1", "/destination-api/v2"} {
			if a := w.call(http.MethodGet, root+"/destinations/"+one, "", as(only)).want(t, http.StatusOK); !strings.Contains(string(a.body), "contactInformation") {
				t.Errorf("%s, %s: got %s, want all of what the token is for", kind, root, a.body)
			}
			if a := w.call(http.MethodGet, root+"/destinations/"+two, "", as(only)).want(t, http.StatusOK); strings.Contains(string(a.body), "contactInformation") {
				t.Errorf("%s, %s: got %s, want nothing private", kind, root, a.body)
			}
		}
	}
}

// TestManyScopes are refused before they make a token that no header takes.
func TestManyScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scopes := make([]string, broker.MaxScopes+1)
	grants := make([]broker.Grant, len(scopes))
	for i := range scopes {
		grants[i] = broker.Grant{Region: fmt.Sprintf("DE%09d", i), Service: "urn:de:fim:leika:leistung:" + strings.Repeat("9", 40)}
		scopes[i] = "send:region:" + grants[i].Region + "+send:service:" + grants[i].Service
	}
	_, a := w.narrowed(w.sender, strings.Join(scopes, " "))
	if a.want(t, http.StatusBadRequest); !strings.Contains(string(a.body), "at most 50 scopes") {
		t.Errorf("got %s", a.body)
	}
	most, a := w.narrowed(w.sender, strings.Join(scopes[1:], " "))
	a.want(t, http.StatusOK)
	w.call(http.MethodGet, v2+"/cases", "", as(most)).want(t, http.StatusOK)
	many := broker.NewClient{Kind: broker.Sender, Grants: grants}
	if _, _, err := w.broker.Clients.Register(t.Context(), broker.Operator(broker.OrgID(w.sender.org)), many); !errors.Is(err, broker.Invalid) {
		t.Errorf("got %v, want Invalid", err)
	}
}
