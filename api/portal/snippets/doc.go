// Package snippets writes programs that speak to one environment as one API client: in several languages, short, complete, and with nothing left to fill in.
//
// A sender's finds the authority, seals, announces and submits; a subscriber's lists what waits, fetches, checks, opens and accepts. Each is what
// somebody copies, runs, and then makes a program of, so each is run by a test against a real broker as it is handed out, where the machine has the
// language.
//
// The secret is in none of them. They read it from the environment (SecretVariable, as the commands of vierkant do), so that it ends neither in the history
// of a shell nor in a repository, and what is shown here may be sent by mail.
//
// What comes from outside is held against a small alphabet before it is filled in: a snippet is run by whoever copies it. Rejected: quoting for each
// language, of which one would be forgotten.
package snippets
