// Package golive has the pages of the go-live checklists: how far each client and destination is, what showed it, what the organisation declares, and the report
// that is printed or taken along signed.
//
// What a point means, and what to do for it, is said here in both languages; whether it is done is for package broker/golive to say. The printed page
// is for people and files; what the next environment believes is the signed report, which has its own download.
package golive
