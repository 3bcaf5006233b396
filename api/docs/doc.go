// Package docs serves the descriptions of the APIs: as OpenAPI documents for programs, under /openapi/, and as pages for people, under /docs,
// with a page for every problem that an API may answer with.
//
// Choice: pages are made by our own templates from the very documents that programs get, once, when the first is asked for; what differs from
// one environment to the next is its address, which stands in both. They are plain HTML with one style sheet and no script: they work with a
// keyboard, on a phone, in print and with any reader, are found by the browser's own search, and need nothing from other hosts, so their
// content security policy can be as strict as there is. Rejected: the usual viewers of OpenAPI (a megabyte of script, which would have to be
// allowed to run, and to be kept up to date, beside an API that carries citizens' applications).
//
// Links in pages are relative, so that they hold behind any proxy; addresses that are shown to be copied are absolute.
package docs
