package wire

// Problem is every error of the APIs (RFC 9457, FIT-Connect contract 8.1), sent as application/problem+json.
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // urn:uuid: of the request, for questions about it
}
