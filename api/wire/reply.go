package wire

// AnnounceReply is the body of POST /replies (FIT-Connect contract 3.6).
type AnnounceReply struct {
	CaseID               string   `json:"caseId"`
	AnnouncedAttachments []string `json:"announcedAttachments"` // required; may be empty
}

// ReplyRef names a reply: the answer to its announcement, and an item of the list for pick-up.
type ReplyRef struct {
	DestinationID string `json:"destinationId"`
	ReplyID       string `json:"replyId"`
	CaseID        string `json:"caseId"`
}

// Reply is the answer to a submit: a reply without its content.
type Reply struct {
	ReplyRef
	Attachments []string `json:"attachments"`
}

// FetchedReply is the answer to GET /replies/{id}.
type FetchedReply struct {
	Reply
	EncryptedMetadata string `json:"encryptedMetadata"`
	EncryptedData     string `json:"encryptedData,omitempty"`
}

// ReplyList is the answer to GET /replies.
type ReplyList struct {
	Counted
	Replies []ReplyRef `json:"replies"`
}

// AcceptReply is the body of PUT /replies/{id}/accept; it may be empty.
type AcceptReply struct {
	AuthenticationTags *AuthenticationTags `json:"authenticationTags,omitempty"`
}

// AuthenticationTags are the fifth parts of the sealed parts that were fetched (FIT-Connect contract 6.4).
type AuthenticationTags struct {
	Metadata    string            `json:"metadata"`
	Data        string            `json:"data,omitempty"`
	Attachments map[string]string `json:"attachments,omitempty"` // by attachment id
}

// RejectReply is the body of PUT /replies/{id}/reject.
type RejectReply struct {
	Problems []EventProblem `json:"problems"`
}

// EventProblem is why a submission or a reply is rejected (FIT-Connect contract 8.2).
type EventProblem struct {
	Type     string `json:"type"` // URI
	Title    string `json:"title,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"`
}
