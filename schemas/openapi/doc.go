// Package openapi describes the APIs of the broker in OpenAPI 3.1: every operation, parameter, header, status and body, in our own words.
//
// Who needs it: whoever writes a client, by the pages of api/docs or with a generator; and our own tests, which hold the routes of api and
// what the black-box suite sees against it in both directions.
//
// Problem: eight documents say much of the same (how a page is asked for, what a 401 looks like, what a key is), and bodies are judged by
// the JSON Schemas of package schemas already. Choice: what several have in common stands once, in schemas/files/openapi/common.json and
// in those schemas, and documents refer to it across files; [All] makes each of them whole, by copying what it refers to into its components.
// So what is served is one self-contained file, which every tool reads, and nothing is said twice. Rejected: documents with everything
// repeated (they drift apart), references that leave the file (generators and viewers fetch them or fail), and descriptions made out of the
// Go code (they say what is, where they are to say what was promised: nothing would be left to compare).
//
// One extension is used: x-problems at a response lists the codes that the type of its problem may end with; each has a page of its own.
//
// Invariants: a description is valid whatever tool reads it; all addresses in it are those of the environment that serves it, put in place of
// https://vierkant.example; a reference to what is not embedded fails in All.
package openapi
