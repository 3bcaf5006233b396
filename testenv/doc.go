// Package testenv is a whole world: the three environments of "vierkant up" in one process, with a demo organisation, its
// clients and its destinations in test, and the black-box suite that judges any such world by its base URLs.
//
// A World is only a description, the content of world.json: addresses, credentials, paths of private keys. The suite needs nothing
// else, so it runs the same against a world started here, against "vierkant up" in another process, or against any other
// broker that somebody describes in such a file. "vierkant conformance --world FILE" does that for people, by [Session.Run]: its
// [Report] tells of each of the contract's numbers: passed, failed, or not run because of something that the world lacks. For who works on
// the suite, "VIERKANT_WORLD=/path/to/FILE go test -run 'TestSuite$' ./testenv" judges the same broker by the same cases, a test for each,
// and skips what the command does not run; what the command is told by flags (a destination to send to, an expired token, tolerance) a
// test is not. Only a world started here is also held against the descriptions of the APIs: nothing else claims to keep them.
//
// What a world keeps in its data folder:
//
//	world.json               what clients need, 0600; written when everything answers, removed when the world stops or starts
//	world.env                the test environment of it as shell variables, 0600
//	keys/*.jwk.json          private keys of the demo destinations, 0600; made first, and never overwritten
//	demo.json                what the demo organisation was given, 0600; made once, before its routes are published; says whether they are
//	test/ reference/ production/   one node's data each (see cmd/node)
//
// No case-management system is part of a world, so nobody eats what others send; package api/receiver is one to start
// beside it.
package testenv
