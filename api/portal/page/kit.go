package page

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/problem"
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
	Proxies     fair.Proxies     // whose word on where a request came from is believed
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
	meaning Texts // of problems
}

// subject is a Subject that is ready.
type subject struct {
	Subject
	kit       *Kit
	texts     Texts
	templates map[string]*template.Template // by language
}

// New reads texts and templates of all subjects and holds them against each other.
func New(cfg Config) (*Kit, error) {
	if cfg.Accounts == nil || cfg.Now == nil || cfg.Environment == "" {
		return nil, errors.New("portal: config lacks Accounts, Now or Environment")
	}
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	k := &Kit{cfg: cfg, base: strings.TrimSuffix(public.Path, "/") + Root, secure: public.Scheme == "https", origin: http.NewCrossOriginProtection()}
	if err := k.origin.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	if err := k.open(); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	return k, nil
}

func (k *Kit) open() (err error) {
	if k.static, err = readLook(); err != nil {
		return err
	}
	if k.meaning, err = readMeanings(); err != nil {
		return err
	}
	look := k.own()
	for _, s := range append([]Subject{look}, k.cfg.Subjects...) {
		if err := k.static.add(s); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	if k.kit, err = k.prepare(look, nil); err != nil {
		return err
	}
	k.all = []*subject{k.kit}
	for _, s := range k.cfg.Subjects {
		ready, err := k.prepare(s, k.kit.texts)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		k.all = append(k.all, ready)
		for _, item := range s.Menu {
			k.menu = append(k.menu, menuItem{item, ready})
		}
	}
	return nil
}

func (k *Kit) prepare(s Subject, kit Texts) (*subject, error) {
	own, err := readTexts(s.Files)
	if err != nil {
		return nil, err
	}
	ready := &subject{Subject: s, kit: k, texts: own}
	if kit != nil {
		if ready.texts, err = own.with(kit); err != nil {
			return nil, err
		}
	}
	ready.templates, err = k.parse(ready)
	return ready, err
}

// Mounted is a route of the portal as a surface needs it.
type Mounted struct {
	Method, Path string // Path is below Root
	Limit        int64  // bytes of a body; 0: none
	Handle       echo.HandlerFunc
}

const defaultLimit = 1 << 20

// Routes is the whole portal.
func (k *Kit) Routes() []Mounted {
	var all []Mounted
	for _, s := range k.all {
		for _, r := range s.Routes {
			m := Mounted{Method: r.Method, Path: r.Path, Handle: s.serve(r)}
			if r.Method != http.MethodGet {
				m.Limit = max(r.Limit, defaultLimit)
			}
			all = append(all, m)
		}
	}
	return all
}
