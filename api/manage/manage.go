package manage

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/portal/snippets"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/operation"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/template"
	"github.com/vierkant/vierkant/broker/tracking"
)

// Root is where all paths of this API begin.
const Root = "/manage-api/v1"

// Config is the services that this API is over.
type Config struct {
	Clients     *broker.Clients        // required
	Accounts    *account.Accounts      // required
	Catalogues  *catalogues.Catalogues // required
	Publication *publication.Publisher // required
	Templates   *template.Templates    // required
	Adoptions   *template.Adoptions    // required
	Mails       *mail.Mails            // required
	SignIn      *signin.Service        // required
	Keys        *keycare.Keeper        // required
	Diagnosis   *diagnosis.Diagnosis   // required
	Tracking    *tracking.Tracking     // required
	Figures     *figures.Figures       // required
	Operation   *operation.Operation   // required
	GoLive      *golive.Service        // required
	Notices     *broker.Notices        // required
	OIDC        *oidc.Service          // for the portal alone: who comes from a provider is at a browser

	Destinations *broker.Destinations // required
	Deliveries   *broker.Deliveries   // required
	Try          Try                  // required
	Snippets     *snippets.Service    // required

	Releases account.Releases // what it does not have cannot be released
}

// Service answers the management API.
type Service struct{ Config }

// New returns the API over its services.
func New(cfg Config) (*Service, error) {
	for _, required := range []struct {
		name    string
		present bool
	}{
		{"Clients", cfg.Clients != nil}, {"Accounts", cfg.Accounts != nil}, {"Catalogues", cfg.Catalogues != nil},
		{"Publication", cfg.Publication != nil}, {"Templates", cfg.Templates != nil}, {"Adoptions", cfg.Adoptions != nil},
		{"Mails", cfg.Mails != nil}, {"Keys", cfg.Keys != nil}, {"Diagnosis", cfg.Diagnosis != nil}, {"Tracking", cfg.Tracking != nil},
		{"Figures", cfg.Figures != nil},
		{"Operation", cfg.Operation != nil},
		{"GoLive", cfg.GoLive != nil},
		{"Notices", cfg.Notices != nil},
		{"SignIn", cfg.SignIn != nil},
		{"Destinations", cfg.Destinations != nil}, {"Deliveries", cfg.Deliveries != nil}, {"Try", cfg.Try != nil},
		{"Snippets", cfg.Snippets != nil},
	} {
		if !required.present {
			return nil, errors.New("manage: config lacks " + required.name)
		}
	}
	return &Service{cfg}, nil
}

// Route is one line of the table.
type Route struct {
	Method string
	Path   string // below Root
	Body   Body
	Handle echo.HandlerFunc
}

// Body is what a route takes as request body. The zero value is none.
type Body struct {
	Types []string // media types
	Limit int64    // bytes
	Code  bool     // it has a code that says who asks: the route is public, and who sends wrong ones has to pause
}

// maxDocument bounds documents that are small by nature, maxRoutes those that tell all routes of an organisation.
const (
	maxDocument = 1 << 20
	maxRoutes   = 16 << 20
	maxCode     = 1 << 10
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

const pathDiagnosis = "/submissions/:submission/diagnosis"

// openPaths are those that senders and subscribers may ask too, who administer nothing.
func openPaths() []string { return []string{pathDiagnosis} }

// Routes is the whole API.
func (s *Service) Routes() []Route {
	var (
		none     = Body{}
		document = Body{Types: []string{"application/json"}, Limit: maxDocument}
		files    = Body{Types: []string{"multipart/form-data"}, Limit: maxUpload}
		changes  = Body{Types: document.Types, Limit: maxRoutes}
		code     = Body{Types: document.Types, Limit: maxCode, Code: true}
	)
	all := []Route{
		{get, "/me", none, s.me},
		{get, pathDiagnosis, none, s.diagnose},
		{get, "/audit", none, s.audit},
		{get, "/audit/search", none, s.searchAudit},

		{get, "/figures", none, s.figures},
		{get, "/orgs/:org/figures", none, s.figuresOfOrg},
		{get, "/operation", none, s.operation},

		{get, "/people", none, s.people},
		{post, "/people", document, s.addPerson},
		{get, "/people/:person", none, s.person},
		{patch, "/people/:person", document, s.changePerson},
		{post, "/people/:person/disable", none, s.disablePerson(true)},
		{post, "/people/:person/enable", none, s.disablePerson(false)},
		{post, "/people/:person/appoint", none, s.appoint(true)},
		{post, "/people/:person/dismiss", none, s.appoint(false)},
		{get, "/people/:person/identities", none, s.identities},
		{remove, "/people/:person/identities/:identity", none, s.unlink},
		{get, "/people/:person/tokens", none, s.tokens},
		{post, "/people/:person/tokens", document, s.issueToken},
		{remove, "/people/:person/tokens/:token", none, s.revokeToken},
		{get, "/people/:person/sessions", none, s.sessions},
		{remove, "/people/:person/sessions", none, s.endSessions},
		{remove, "/people/:person/sessions/:session", none, s.endSession},
		{get, "/people/:person/factors", none, s.factors},

		{get, "/orgs", none, s.orgs},
		{post, "/orgs", document, s.addOrg},
		{get, "/orgs/:org", none, s.org},
		{patch, "/orgs/:org", document, s.renameOrg},
		{get, "/orgs/:org/audit", none, s.audit},
		{get, "/orgs/:org/audit/search", none, s.searchAudit},

		{get, "/orgs/:org/legal-names", none, s.legalNames},
		{put, "/orgs/:org/legal-names", document, s.setLegalNames},

		{get, "/orgs/:org/keys", none, s.destinationKeys},
		{post, "/orgs/:org/destinations/:destination/keys", document, s.addDestinationKey},
		{post, "/orgs/:org/destinations/:destination/keys/:kid/activate", document, s.activateKey},

		{get, "/orgs/:org/people", none, s.members},
		{post, "/orgs/:org/people", document, s.addMember},
		{get, "/orgs/:org/people/:person", none, s.member},
		{patch, "/orgs/:org/people/:person", document, s.setRole},
		{remove, "/orgs/:org/people/:person", none, s.removeMember},

		{get, "/orgs/:org/invitations", none, s.invitations},
		{post, "/orgs/:org/invitations", document, s.invite},
		{remove, "/orgs/:org/invitations/:invitation", none, s.withdrawInvitation},
		{post, "/invitations/accept", document, s.acceptInvitation},

		{get, "/orgs/:org/clients", none, s.clients},
		{post, "/orgs/:org/clients", document, s.addClient},
		{get, "/orgs/:org/clients/:client", none, s.client},
		{patch, "/orgs/:org/clients/:client", document, s.changeClient},
		{post, "/orgs/:org/clients/:client/secret", document, s.rotateSecret},
		{get, "/orgs/:org/clients/:client/destinations", none, s.clientDestinations},
		{get, "/orgs/:org/clients/:client/snippets", none, s.snippets},
		{remove, "/orgs/:org/clients/:client/former-secret", none, s.endFormerSecret},
		{post, "/orgs/:org/clients/:client/disable", none, s.disableClient(true)},
		{post, "/orgs/:org/clients/:client/enable", none, s.disableClient(false)},

		{get, "/orgs/:org/proposals", none, s.proposals},
		{get, "/orgs/:org/proposals/:proposal", none, s.proposal},
		{get, "/orgs/:org/proposals/:proposal/decision", none, s.decision},
		{post, "/orgs/:org/proposals/:proposal/release", document, s.release},
		{post, "/orgs/:org/proposals/:proposal/refuse", document, s.refuse},
		{post, "/orgs/:org/proposals/:proposal/withdraw", document, s.withdraw},

		{get, "/orgs/:org/grants", none, s.grants},
		{post, "/orgs/:org/grants", document, s.addGrant},
		{remove, "/orgs/:org/grants/:grant", none, s.withdrawGrant},

		{get, "/consents", none, s.operatorConsents},
		{post, "/consents", document, s.addOperatorConsent},
		{remove, "/consents/:consent", none, s.withdrawOperatorConsent},
		{get, "/orgs/:org/consents", none, s.consents},
		{post, "/orgs/:org/consents", document, s.addConsent},
		{remove, "/orgs/:org/consents/:consent", none, s.withdrawConsent},

		{get, "/orgs/:org/routes", none, s.routes},
		{post, "/orgs/:org/routes/plan", changes, s.planRoutes},
		{post, "/orgs/:org/routes/apply", changes, s.applyRoutes},
		{post, "/orgs/:org/routes/rollback", document, s.rollback},
		{post, "/orgs/:org/routes/offline", document, s.offline(true)},
		{post, "/orgs/:org/routes/online", document, s.offline(false)},
		{get, "/orgs/:org/routes/draft", none, s.sketch},
		{put, "/orgs/:org/routes/draft", changes, s.keepSketch},
		{remove, "/orgs/:org/routes/draft", none, s.discardSketch},
		{get, "/orgs/:org/routes/draft/plan", none, s.reviewSketch},
		{post, "/orgs/:org/routes/draft/publish", document, s.publishSketch},
		{get, "/orgs/:org/routes/coverage", none, s.coverage},
		{get, "/orgs/:org/routes/gaps", none, s.gaps},
		{get, "/orgs/:org/routes/revisions", none, s.revisions},
		{get, "/orgs/:org/routes/revisions/:revision", none, s.revision},
		{get, "/orgs/:org/routes/preview", none, s.preview},
		{post, "/orgs/:org/routes/preview", changes, s.previewChanges},

		{get, "/orgs/:org/callbacks", none, s.troubled},
		{get, "/orgs/:org/callbacks/:receiver", none, s.callbackStatus},
		{get, "/orgs/:org/callbacks/:receiver/deliveries", none, s.deliveriesTo},
		{post, "/orgs/:org/callbacks/:receiver/test", none, s.testCallback},
		{post, "/orgs/:org/callbacks/:receiver/resume", none, s.resumeCallbacks},
		{post, "/orgs/:org/callbacks/:receiver/replay", document, s.replayCallbacks},
		{post, "/orgs/:org/callbacks/:receiver/secret", document, s.callbackSecret},
		{get, "/orgs/:org/deliveries/:delivery", none, s.delivery},
		{post, "/orgs/:org/deliveries/:delivery/replay", none, s.replayDelivery},

		{get, "/orgs/:org/submissions", none, s.tracked},
		{get, "/orgs/:org/submissions/:submission", none, s.trackedOne},
		{get, "/orgs/:org/submissions/:submission/evidence", none, s.evidence},
		{get, "/orgs/:org/cases", none, s.trackedCases},
		{get, "/orgs/:org/cases/:case", none, s.trackedCase},
		{get, "/orgs/:org/cases/:case/events", none, s.trackedEvents},
		{get, "/orgs/:org/ids/:id", none, s.findID},

		{get, "/areas", none, s.areaCatalogue},
		{post, "/areas/import", files, s.importAreas},

		{get, "/services", none, s.services},
		{get, "/services/:key", none, s.service},
		{post, "/services/import", files, s.importServices},

		{get, "/templates", none, s.offered},
		{get, "/templates/:template", none, s.offeredTemplate},
		{get, "/orgs/:org/templates", none, s.templates},
		{post, "/orgs/:org/templates", document, s.addTemplate},
		{get, "/orgs/:org/templates/:template", none, s.template},
		{put, "/orgs/:org/templates/:template", document, s.changeTemplate},
		{remove, "/orgs/:org/templates/:template", none, s.deleteTemplate},
		{post, "/orgs/:org/templates/:template/open", document, s.openTemplate},
		{post, "/orgs/:org/templates/:template/close", none, s.closeTemplate},
		{post, "/orgs/:org/templates/:template/restore", document, s.restoreTemplate},
		{get, "/orgs/:org/templates/:template/versions", none, s.versions},
		{get, "/orgs/:org/templates/:template/adoptions", none, s.adoptionsOf},

		{get, "/orgs/:org/adoptions", none, s.adoptions},
		{post, "/orgs/:org/adoptions", document, s.adopt},
		{get, "/orgs/:org/adoptions/:adoption", none, s.adoption},
		{put, "/orgs/:org/adoptions/:adoption", document, s.changeAdoption},
		{post, "/orgs/:org/adoptions/:adoption/online", document, s.turn((*template.Adoptions).Online)},
		{post, "/orgs/:org/adoptions/:adoption/offline", document, s.turn((*template.Adoptions).Offline)},
		{post, "/orgs/:org/adoptions/:adoption/leave", document, s.turn((*template.Adoptions).Leave)},

		{get, "/maintenance", none, s.maintenance},
		{put, "/maintenance", document, s.announce},
		{remove, "/maintenance", none, s.endMaintenance},

		{get, "/mails", none, s.allMails},
		{get, "/orgs/:org/golive", none, s.checklists},
		{get, "/orgs/:org/golive/:subject", none, s.checklist},
		{put, "/orgs/:org/golive/:subject/points/:point", document, s.declarePoint},
		{get, "/orgs/:org/golive/:subject/report", none, s.report},
		{get, "/orgs/:org/golive-points", none, s.ownPoints},
		{post, "/orgs/:org/golive-points", document, s.addOwnPoint},
		{remove, "/orgs/:org/golive-points/:own", none, s.removeOwnPoint},

		{get, "/mails/:mail", none, s.anyMail},
		{get, "/orgs/:org/mails", none, s.mails},
		{get, "/orgs/:org/mails/:mail", none, s.mail},
		{get, "/orgs/:org/mail-settings", none, s.mailSettings},
		{put, "/orgs/:org/mail-settings", document, s.changeMailSettings},
		{get, "/addresses", none, s.allAddresses},
		{post, "/addresses", document, s.markAddress},
		{post, "/addresses/confirm", code, s.confirmAddress},
		{get, "/orgs/:org/addresses", none, s.addresses},
		{post, "/orgs/:org/addresses", document, s.askAddress},
	}
	all = append(all, s.destinationRoutes(none, document)...)
	for i, r := range all {
		all[i].Handle = s.admit(r.Handle, slices.Contains(openPaths(), r.Path))
	}
	return all
}
