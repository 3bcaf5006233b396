// Package route is the Routing API (FIT-Connect contract 5): which destinations serve a service in an area, and which areas a search
// finds. It is public. Both generations of the path answer alike.
//
// Every answer below /routing-api carries the three RateLimit headers, errors included: package api counts, since what no handler answers
// counts too.
package route
