// Package chart draws series over time as SVG, on the server.
//
// # Choice
//
// A chart is a picture in the page: no script draws it, so it is there without scripts, in print, and under a policy that runs none of strangers.
// Rejected: a library of charts in the browser. It would be larger than all else that pages load, draws nothing for readers, and
// has to be told of dark and light, of print and of languages anew.
//
// A chart is role img with a title and a description; what it shows in detail stands in a table beside it, which its caller makes of the same
// figures. Series are told apart by their pattern, or by marker and dashes, and only then by colour; colours and strokes are classes of a style sheet,
// so they follow dark and light. Coordinates are made for a narrow screen: on 320 px text is about as large as it is written here, on large ones it grows
// with the picture.
//
// Everything here is pure: the same chart is the same text.
package chart
