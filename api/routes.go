package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/submission"
	"github.com/vierkant/vierkant/broker"
)

const (
	get    = http.MethodGet
	put    = http.MethodPut
	post   = http.MethodPost
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// access says who may ask: anybody, or whoever has a good access token, on routes with a body one with a scope without which the body is not
// worth reading. What a known caller may do is for the services to say; they look at the scopes on every route.
type access struct {
	public bool
	people bool         // people too, by tokens of their own
	code   bool         // the body has a code that says who asks
	always bool         // while maintenance keeps others from changing anything, too
	scope  broker.Scope // "" for any
}

const tokenPath = "/token"

// Limits of documents that are small by nature.
const (
	maxForm     = 64 << 10 // the token service has a limit of its own, and its own words for it
	maxDocument = 1 << 20
	maxKey      = 64 << 10
	maxEvent    = 256 << 10
)

// entry is one route.
type entry struct {
	method string
	path   string
	access access
	body   body
	handle echo.HandlerFunc
}

// routes is the whole surface.
func (s *surface) routes() []entry {
	var (
		o, dst, rt = s.oauth, s.destination, s.routing

		public    = access{public: true}
		protected = access{}
		managers  = access{scope: broker.ScopeManage}

		none       = body{}
		form       = body{limit: maxForm}
		document   = body{types: []string{"application/json"}, limit: maxDocument}
		mergePatch = body{types: []string{"application/merge-patch+json", "application/json"}, limit: maxDocument}
		key        = body{types: []string{"application/json"}, limit: maxKey}
	)
	return slices.Concat([]entry{
		{post, tokenPath, public, form, o.Token},
		{get, "/.well-known/oauth-authorization-server", public, none, o.Metadata},
		{get, "/.well-known/jwks.json", public, none, o.JWKS},

		{get, "/submission-api/.well-known/jwks.json", public, none, s.jwks(broker.ServiceKeys)},

		{get, "/submission-api/v1/destinations", protected, none, dst.ListV1},
		{post, "/submission-api/v1/destinations", managers, document, dst.Create},
		{get, "/submission-api/v1/destinations/:id", protected, none, dst.GetV1},
		{put, "/submission-api/v1/destinations/:id", managers, document, dst.Replace},
		{patch, "/submission-api/v1/destinations/:id", managers, document, dst.PatchWhole},
		{remove, "/submission-api/v1/destinations/:id", protected, none, dst.Delete},
		{post, "/submission-api/v1/destinations/:id/keys", managers, key, dst.AddKey},
		{get, "/submission-api/v1/destinations/:id/keys/:kid", public, none, dst.Key},

		{get, "/submission-api/v2/destinations/:id", public, none, dst.PublicV2},
		{get, "/submission-api/v2/destinations/:id/keys/:kid", public, none, dst.Key},
		{get, "/submission-api/v2/submissions/:id/events", protected, none, s.submission.V2().SubmissionEvents},

		{post, "/destination-api/v1/destinations", managers, document, dst.Create},
		{get, "/destination-api/v1/destinations", protected, none, dst.ListV1},
		{get, "/destination-api/v1/destinations/:id", protected, none, dst.GetV1},
		{put, "/destination-api/v1/destinations/:id", managers, document, dst.Replace},
		{patch, "/destination-api/v1/destinations/:id", managers, mergePatch, dst.Patch},
		{remove, "/destination-api/v1/destinations/:id", protected, none, dst.Delete},
		{post, "/destination-api/v1/destinations/:id/keys", managers, key, dst.AddKey},
		{get, "/destination-api/v1/destinations/:id/keys", protected, none, dst.Keys},
		{get, "/destination-api/v1/destinations/:id/keys/:kid", protected, none, dst.Key},
		{get, "/destination-api/v2/destinations", protected, none, dst.ListV2},
		{get, "/destination-api/v2/destinations/:id", protected, none, dst.GetV2},
		{get, "/destination-api/v2/destinations/:id/keys", protected, none, dst.Keys},
		{get, "/destination-api/v2/destinations/:id/keys/:kid", protected, none, dst.Key},

		{get, "/routing-api/v1/routes", public, none, rt.Find},
		{get, "/routing-api/v1/areas", public, none, rt.SearchAreas},
		{get, "/routing-api/v1/info", public, none, rt.Info},
		{get, "/routing-api/v2/routes", public, none, rt.Find},
		{get, "/routing-api/v2/areas", public, none, rt.SearchAreas},
		{get, "/routing-api/v2/info", public, none, rt.Info},
		{get, "/routing-api/v2/snapshot", public, none, rt.Snapshot},

		{get, "/portal/.well-known/jwks.json", public, none, s.jwks(broker.PortalKeys)},

		{get, "/docs", public, none, s.docs.Serve},
		{get, "/docs/:page", public, none, s.docs.Serve},
		{get, "/docs/problems/:code", public, none, s.docs.Serve},
		{get, "/openapi/:file", public, none, s.docs.Serve},
	},
		s.exchange("/submission-api/v1", s.submission.V1()),
		s.exchange("/submission-api/v2", s.submission.V2()),
		s.management(),
		s.pages(),
	)
}

// management is the management API, whose table is its own: it is mounted twice. What scope or role a caller needs is said there.
func (s *surface) management() []entry {
	var all []entry
	for _, r := range s.manage.Routes() {
		all = append(all, entry{r.Method, manage.Root + r.Path, access{people: !r.Body.Code, public: r.Body.Code, code: r.Body.Code}, body{types: r.Body.Types, limit: r.Body.Limit}, r.Handle})
	}
	return all
}

// exchange is what both generations of the Submission API have, below their roots.
func (s *surface) exchange(root string, a *submission.API) []entry {
	var (
		limits = s.cfg.Broker.Limits

		public      = access{public: true}
		protected   = access{}
		senders     = access{scope: broker.ScopeSend}
		subscribers = access{scope: broker.ScopeSubscribe}

		none       = body{}
		document   = body{types: []string{"application/json"}, limit: maxDocument}
		decision   = body{types: []string{"application/json"}, limit: maxEvent}
		acceptance = body{types: []string{"application/json"}, limit: maxEvent, optional: true}
		submit     = body{types: []string{"application/json"}, limit: submission.MaxSubmit(limits), rate: submitBps}
		attachment = body{types: []string{submission.MediaType}, limit: limits.Attachment, counted: true}
		event      = body{types: []string{submission.MediaType}, limit: maxEvent}
	)
	return []entry{
		{get, root + "/info", public, none, a.Info},

		{post, root + "/submissions", senders, document, a.Announce},
		{get, root + "/submissions", protected, none, a.List},
		{put, root + "/submissions/:id", senders, submit, a.Submit},
		{get, root + "/submissions/:id", protected, none, a.Get},
		{put, root + "/submissions/:id/attachments/:attachment", senders, attachment, a.Upload},
		{get, root + "/submissions/:id/attachments/:attachment", protected, none, a.Download},

		{get, root + "/cases", protected, none, a.Cases},
		{get, root + "/cases/:id", protected, none, a.Case},
		{get, root + "/cases/:id/events", protected, none, a.CaseEvents},
		{post, root + "/cases/:id/events", subscribers, event, a.PostEvent},

		{post, root + "/replies", protected, document, a.AnnounceReply},
		{get, root + "/replies", protected, none, a.Replies},
		{put, root + "/replies/:id", protected, submit, a.SubmitReply},
		{get, root + "/replies/:id", protected, none, a.Reply},
		{put, root + "/replies/:id/attachments/:attachment", protected, attachment, a.UploadReply},
		{get, root + "/replies/:id/attachments/:attachment", protected, none, a.DownloadReply},
		{put, root + "/replies/:id/accept", protected, acceptance, a.AcceptReply},
		{put, root + "/replies/:id/reject", protected, decision, a.RejectReply},
	}
}
