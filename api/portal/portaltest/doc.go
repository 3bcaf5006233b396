// Package portaltest has a real node for tests of pages, people who are signed in, a browser that is an HTTP client, and a real one.
package portaltest
