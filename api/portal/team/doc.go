// Package team has the pages about organisations and their people: choosing and making an organisation, what needs attention in it, members,
// invitations, names, mails and their addresses, the audit log; and those of operators of the platform.
//
// Whatever is done here is done by the services of the management API. What is shown of a log is told in the words of the page where there are
// some; its own words stand beside them, since those are what a search and a CSV file have.
package team
