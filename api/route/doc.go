// Package route is the Routing API (FIT-Connect contract 5): which destinations serve a service in an area, and which areas a search
// finds. It is public. Both generations of the path answer alike.
//
// Every answer below /routing-api carries the three RateLimit headers, errors included, so the limit is a middleware around all of it
// and not a part of the handlers. A window is the same for all callers and fixed: at its end one map is dropped. That lets a caller
// through twice as fast around a window's border, which a sliding window would not; it also needs a clock, a map and a lock and nothing
// per caller but a number, and its answer to "how many are left, until when" is exact, which is what the headers promise.
//
// A caller is the address of the connection; of IPv6 the first 64 bits, since that is what one subscriber gets. X-Forwarded-For is
// believed from proxies of ours only, which the configuration names: without them, callers behind one proxy share its number. The map is bounded: callers beyond the bound share one number.
package route
