package routes

import (
	"embed"
	"errors"
	"slices"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

//go:embed texts.yaml pages/*.html
var files embed.FS

// Config is the services that the pages are over; all are required.
type Config struct {
	Publication  *publication.Publisher
	Destinations *broker.Destinations
	Catalogues   *catalogues.Catalogues
	Accounts     *account.Accounts
	Templates    *template.Templates
	Adoptions    *template.Adoptions
	Releases     account.Releases
}

// Service answers the pages.
type Service struct{ cfg Config }

// maxUpload bounds a file of routes, as the management API does.
const maxUpload = 16 << 20

// New returns the subject.
func New(cfg Config) (page.Subject, error) {
	if cfg.Publication == nil || cfg.Destinations == nil || cfg.Catalogues == nil || cfg.Accounts == nil || cfg.Templates == nil || cfg.Adoptions == nil {
		return page.Subject{}, errors.New("routes: config lacks Publication, Destinations, Catalogues, Accounts, Templates or Adoptions")
	}
	s := &Service{cfg}
	return page.Subject{
		Name: "routes", Group: "routing", Files: files,
		Menu: []page.Item{
			{Text: "menu.routes", Path: "/routes"}, {Text: "menu.proposals", Path: "/proposals"}, {Text: "menu.coverage", Path: "/coverage"}, {Text: "menu.territory", Path: "/territory"},
			{Text: "menu.templates", Path: "/templates"}, {Text: "menu.adoptions", Path: "/adoptions"},
		},
		Routes: slices.Concat(s.routes(), s.deciding(), s.templating()),
	}, nil
}

// routes are the pages about what is published, and what is to be.
func (s *Service) routes() []page.Route {
	upload := page.Post(pathUpload, s.upload)
	upload.Limit = maxUpload
	return []page.Route{
		page.Get(pathList, s.list),
		page.Post(pathList, s.turn),
		page.Get(pathList+"/csv", s.asCSV),
		page.Get(pathList+"/show", s.show),

		page.Get(pathEdit, s.edit),
		page.Post(pathEdit, s.keep),
		page.Get(pathDraft, s.draft),
		page.Post(pathDraft, s.amend),
		upload,
		page.Get(pathReview, s.review),
		page.Post(pathReview, s.publish),

		page.Get(pathHistory, s.history),
		page.Get(pathRevision, s.revision),
		page.Get(pathRollback, s.planRollback),
		page.Post(pathRollback, s.rollback),

		page.Get(pathPreview, s.preview),
		page.Get(pathCoverage, s.coverage),
		page.Get(pathGaps, s.gaps),
	}
}

// deciding are the pages of whose territory it is, and of who decides.
func (s *Service) deciding() []page.Route {
	return []page.Route{
		page.Get(pathProposals, s.proposals),
		page.Get(pathProposal, s.proposal),
		page.Get(pathProposal+"/value", s.value),
		page.Post(pathProposal+"/release", s.release).Fresh(),
		page.Post(pathProposal+"/refuse", s.refuse),
		page.Post(pathProposal+"/withdraw", s.withdraw),

		page.Get(pathTerritory, s.territory),
		page.Get(pathGrant, s.grantForm),
		page.Post(pathGrant, s.grant),
		page.Get(pathUngrant, s.ungrantForm),
		page.Post(pathUngrant, s.ungrant),
		page.Get(pathConsent, s.consentForm),
		page.Post(pathConsent, s.consent),
		page.Get(pathDissent, s.dissentForm),
		page.Post(pathDissent, s.dissent),
	}
}

// templating are the pages of templates and of their adoptions.
func (s *Service) templating() []page.Route {
	return []page.Route{
		page.Get(pathTemplates, s.templates),
		page.Get(pathTemplates+"/new", s.newTemplate),
		page.Post(pathTemplates+"/new", s.createTemplate),
		page.Get(pathTemplate, s.template),
		page.Get(pathTemplate+"/edit", s.editTemplate),
		page.Post(pathTemplate+"/edit", s.changeTemplate),
		page.Post(pathTemplate+"/open", s.openTemplate),
		page.Post(pathTemplate+"/close", s.closeTemplate),
		page.Post(pathTemplate+"/delete", s.deleteTemplate),
		page.Get(pathTemplate+"/versions", s.versions),
		page.Post(pathTemplate+"/versions", s.restore),

		page.Get(pathAdoptions, s.adoptions),
		page.Get(pathAdoptions+"/new", s.newAdoption),
		page.Post(pathAdoptions+"/new", s.adopt),
		page.Get(pathAdoption, s.adoption),
		page.Get(pathAdoption+"/edit", s.editAdoption),
		page.Post(pathAdoption+"/edit", s.changeAdoption),
		page.Post(pathAdoption+"/online", s.turned("online", (*template.Adoptions).Online)),
		page.Post(pathAdoption+"/offline", s.turned("offline", (*template.Adoptions).Offline)),
		page.Post(pathAdoption+"/leave", s.turned("leave", (*template.Adoptions).Leave)),
	}
}

const (
	pathList      = "/orgs/:org/routes"
	pathEdit      = pathList + "/edit"
	pathDraft     = pathList + "/draft"
	pathUpload    = pathDraft + "/upload"
	pathReview    = pathDraft + "/review"
	pathHistory   = pathList + "/history"
	pathRevision  = pathHistory + "/:revision"
	pathRollback  = pathRevision + "/rollback"
	pathPreview   = pathList + "/preview"
	pathCoverage  = "/orgs/:org/coverage"
	pathGaps      = pathCoverage + "/gaps"
	pathProposals = "/orgs/:org/proposals"
	pathProposal  = pathProposals + "/:proposal"
	pathTemplates = "/orgs/:org/templates"
	pathTemplate  = pathTemplates + "/:template"
	pathAdoptions = "/orgs/:org/adoptions"
	pathAdoption  = pathAdoptions + "/:adoption"
	pathTerritory = "/orgs/:org/territory"
	pathGrant     = pathTerritory + "/grant"
	pathUngrant   = pathTerritory + "/grants/:grant/withdraw"
	pathConsent   = pathTerritory + "/consent"
	pathDissent   = pathTerritory + "/consents/:consent/withdraw"
)

// crumbs is the way to a page below the list.
func crumbs(v *page.Visit, more ...page.Crumb) []page.Crumb {
	return append([]page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.routes"), Path: v.Home() + "/routes"}}, more...)
}
