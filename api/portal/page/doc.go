// Package page is what every page of the portal is made with: routes and who may open them, forms, texts in two languages, the look, errors as
// pages. A subject of the portal is a package beside this one that has routes, templates, texts and calls services; none of it decides what
// anybody may do.
//
// # Pages are made here, as a whole
//
// Each request has one answer, a whole page out of html/template. Scripts only add comfort, except where keys are made in the browser. So pages work
// with a keyboard, in any reader, without scripts, and can be tested with an HTTP client; and nothing of an organisation is in a browser but
// what is seen. Rejected: an application in the browser over the management API, which would keep tokens there and be a second program with a build
// of its own.
//
// # What happens to a request
//
//  1. The surface around (package api) has counted it, bounded its body and its time.
//  2. A request that changes something and was sent by another site is refused: by Sec-Fetch-Site, or by Origin where a browser does not send that. Cookies
//     are SameSite=Lax besides.
//  3. The session's cookie says who it is, and the path for which organisation; what the person may do is read with every request. Nobody is led to
//     sign in, and back again after it.
//  4. A form names itself by a field that is used up: what is sent twice, or again by the back button, is done once.
//  5. The handler calls a service, and shows, or leads on (303), so that reloading repeats nothing. An error becomes a page, or, if it is about what
//     was filled in, the form again with what was typed.
//
// # Look
//
// KERN UX, the design system of German administration, lies in look/kern; look/portal.css adds what it does not have. Dark and light follow
// the browser. The banner in a colour of its own says which environment one is in, in words too.
//
// # Texts
//
// texts.yaml beside each subject has every text in German and English, side by side. A text that is missing is an error when the portal is first visited, as is a
// template that asks for one that is not there. What services say is English; the meaning of the problem is told in the language of the page (meanings.yaml
// has the German of every one, or the portal does not open), and the service's own words follow, marked as English. What has no code, like why a callback
// failed or what an examination found, is looked up word for word (said.yaml), and marked as English if it is not there.
package page
