// Package figures is the pages of what happened over time, for an organisation and for the installation, and of how the installation is, for its
// operators.
//
// Charts are pictures that the server draws (package chart). Beside each is a table of the same figures, which is what readers of screens have and
// what prints; all figures of the page are in one file for spreadsheets, in the words of the API. A filter is a form that asks for a page, so that what one
// looks at has an address to pass on.
//
// Nothing refreshes itself: who looks at how an installation is follows a link to look again, and a report says of when it is.
package figures
