// Package identity has the pages by which people go to an OpenID provider and come back, and those about the accounts at providers that are linked to
// theirs.
//
// Going there takes two steps: a form of this portal, which has the browser keep what the answer is held against, and a page that says where the visitor is about
// to go, with a link. So nobody is led to another site without seeing which, and the policy of this portal need not allow forms that end elsewhere. Coming back is a link
// from another site, as it has to be: nothing follows from it that the cookie of this browser does not prove.
package identity
