package page

import (
	"io/fs"
	"net/http"

	"github.com/vierkant/vierkant/broker"
)

// Access says who may open a page. What one may do there is for the services to say.
type Access int

// The kinds of access. The zero value is Member.
const (
	Member   Access = iota // whoever is signed in, and belongs to the organisation that the path names
	Public                 // everybody
	Platform               // operators of the platform
)

// Route is one address of the portal.
type Route struct {
	Method string
	Path   string // below /portal; what belongs to an organisation is below /orgs/:org
	Access Access
	Limit  int64 // bytes of its body; 0 is 1 MiB
	Proof  bool  // see Fresh

	InMaintenance bool // see Always

	Handle func(*Visit) error
}

// Get and Post make routes for members.
func Get(path string, handle func(*Visit) error) Route {
	return Route{Method: http.MethodGet, Path: path, Handle: handle}
}

// Post is what a form is sent to.
func Post(path string, handle func(*Visit) error) Route {
	return Route{Method: http.MethodPost, Path: path, Handle: handle}
}

// For returns the route with another access.
func (r Route) For(a Access) Route {
	r.Access = a
	return r
}

// Fresh returns the route as one that takes a proof of the last ten minutes of who it is: what gives somebody rights, shows a secret, or ends sessions. It keeps
// off who sits down at a browser that was left alone, or has a session's secret and nothing else. That is a danger of browsers, so it is the pages that ask; a
// personal token was made with such a proof.
func (r Route) Fresh() Route {
	r.Proof = true
	return r
}

// Always returns the route as one that is open while maintenance keeps everything as it is (broker.Notice): the way in and out, so that people see what there
// is, and what ends the maintenance.
func (r Route) Always() Route {
	r.InMaintenance = true
	return r
}

// Item is an entry of the menu.
type Item struct {
	Text string       // key of its text
	Path string       // below the organisation's home, or, for operators of the platform, below /portal
	Also string       // the same, of other pages to which the entry belongs; "" is none
	For  Access       // Member or Platform
	Need broker.Right // without which it is left out; "" is broker.RightRead
}

// Subject is one part of the portal.
type Subject struct {
	Name   string // folder of its static files
	Group  string // under which its entries stand in the menu: a text "group.GROUP" of the kit; "" is before all groups
	Files  fs.FS  // pages/*.html, texts.yaml, and static/* if it has some
	Menu   []Item
	Routes []Route
}
