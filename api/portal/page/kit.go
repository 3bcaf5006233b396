package page

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Root is where the portal is, below the public URL of its environment.
const Root = "/portal"

// Paths that the kit leads to, and others have the pages of.
const (
	SignInPath = "/sign-in"
	HomePath   = ""
)

// Config is what the portal needs; all fields but Proxies are required.
type Config struct {
	PublicURL   string // without a slash at its end
	Environment string // test, reference or production
	Accounts    *account.Accounts
	Problems    problem.Writer
	Now         func() time.Time // wall clock
	Maintenance func() (n broker.Notice, told bool)
	Proxies     fair.Proxies // whose word on where a request came from is believed
	Subjects    []Subject
}

// Kit answers with pages.
type Kit struct {
	cfg     Config
	base    string // path of the portal, as browsers see it
	secure  bool   // the portal is reached by https
	origin  *http.CrossOriginProtection
	static  static
	kit     *subject
	all     []*subject
	menu    []menuItem
	meaning Texts             // of problems
	german  map[string]string // of what services say
	ready   func() error
}

// subject is a Subject that is ready.
type subject struct {
	Subject
	kit       *Kit
	texts     Texts
	templates map[string]*template.Template // by language
}

// New makes the portal. Texts and templates are read when the first page is asked for: a node that nobody visits, and a test that is about
// something else, need not wait for them.
func New(cfg Config) (*Kit, error) {
	if cfg.Accounts == nil || cfg.Now == nil || cfg.Maintenance == nil || cfg.Environment == "" {
		return nil, errors.New("portal: config lacks Accounts, Now, Maintenance or Environment")
	}
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	k := &Kit{cfg: cfg, base: strings.TrimSuffix(public.Path, "/") + Root, secure: public.Scheme == "https", origin: http.NewCrossOriginProtection()}
	if err := k.origin.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	k.kit = &subject{Subject: k.own(), kit: k}
	k.all = []*subject{k.kit}
	for _, s := range cfg.Subjects {
		k.all = append(k.all, &subject{Subject: s, kit: k})
	}
	k.ready = sync.OnceValue(k.open)
	return k, nil
}

// open reads texts and templates of all subjects and holds them against each other.
func (k *Kit) open() (err error) {
	if k.static, err = readLook(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	if k.german, err = readSaid(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	for _, s := range k.all {
		if err := k.static.add(s.Subject); err != nil {
			return fmt.Errorf("portal: %s: %w", s.Name, err)
		}
	}
	for _, s := range k.all {
		if err := s.prepare(); err != nil {
			return fmt.Errorf("portal: %s: %w", s.Name, err)
		}
	}
	if k.meaning, err = readMeanings(k.kit.texts); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	return nil
}

// prepare reads a subject, the kit's own first.
func (s *subject) prepare() (err error) {
	if s.texts, err = readTexts(s.Files); err != nil {
		return err
	}
	if s != s.kit.kit {
		if s.texts, err = s.texts.with(s.kit.kit.texts); err != nil {
			return err
		}
	}
	for _, item := range s.Menu {
		s.kit.menu = append(s.kit.menu, menuItem{item, s})
	}
	s.templates, err = s.kit.parse(s)
	return err
}

// Mounted is a route of the portal as a surface needs it.
type Mounted struct {
	Method, Path string // Path is below Root
	Limit        int64  // bytes of a body; 0: none
	Always       bool   // see Route.Always
	Handle       echo.HandlerFunc
}

const defaultLimit = 1 << 20

// Routes is the whole portal.
func (k *Kit) Routes() []Mounted {
	var all []Mounted
	for _, s := range k.all {
		for _, r := range s.Routes {
			m := Mounted{Method: r.Method, Path: r.Path, Always: r.InMaintenance, Handle: s.serve(r)}
			if r.Method != http.MethodGet {
				m.Limit = max(r.Limit, defaultLimit)
			}
			all = append(all, m)
		}
	}
	return all
}
