package wire

// PublicService is the service of an announcement and of a submission in generation 2 (FIT-Connect contract 3.5).
type PublicService struct {
	Name        string `json:"name"`
	Identifier  string `json:"identifier"` // URN
	Description string `json:"description,omitempty"`
}

// ServiceType is the service in an announcement of generation 1 (FIT-Connect contract 3.2). Its name has to be there, and may be empty.
type ServiceType struct {
	Name        *string `json:"name"`
	Identifier  string  `json:"identifier"` // URN
	Description string  `json:"description,omitempty"`
}

// AnnounceV1 is the body of POST /v1/submissions.
type AnnounceV1 struct {
	DestinationID        string       `json:"destinationId"`
	CaseID               string       `json:"caseId,omitempty"`
	AnnouncedAttachments []string     `json:"announcedAttachments"` // required; may be empty
	ServiceType          *ServiceType `json:"serviceType"`
	Callback             *Callback    `json:"callback,omitempty"`
}

// AnnounceV2 is the body of POST /v2/submissions.
type AnnounceV2 struct {
	DestinationID        string        `json:"destinationId"`
	CaseID               string        `json:"caseId,omitempty"`
	Region               string        `json:"region,omitempty"`
	AnnouncedAttachments []string      `json:"announcedAttachments"` // required; may be empty
	PublicService        PublicService `json:"publicService"`
}

// SubmissionRef names a submission: the answer to an announcement, and an item of the list for pick-up.
type SubmissionRef struct {
	DestinationID string `json:"destinationId"`
	SubmissionID  string `json:"submissionId"`
	CaseID        string `json:"caseId"`
}

// SubmissionV1 is the answer to a submit in generation 1: a submission without its content.
type SubmissionV1 struct {
	SubmissionRef
	Attachments []string      `json:"attachments"`
	ServiceType PublicService `json:"serviceType"`
	Callback    *Callback     `json:"callback,omitempty"` // never its secret
}

// SubmissionV2 is the same in generation 2.
type SubmissionV2 struct {
	SubmissionRef
	Attachments   []string      `json:"attachments"`
	PublicService PublicService `json:"publicService"`
	Region        string        `json:"region,omitempty"`
}

// FetchedV1 is the answer to GET /v1/submissions/{id}. The broker writes the sealed parts as a stream and never makes one.
type FetchedV1 struct {
	SubmissionV1
	EncryptedMetadata string `json:"encryptedMetadata"`
	EncryptedData     string `json:"encryptedData,omitempty"`
}

// FetchedV2 is the same in generation 2.
type FetchedV2 struct {
	SubmissionV2
	EncryptedMetadata string `json:"encryptedMetadata"`
	EncryptedData     string `json:"encryptedData,omitempty"`
}

// Counted is what every page of a list says about itself (FIT-Connect contract 3.0).
type Counted struct {
	Count      int `json:"count"` // items on this page
	Offset     int `json:"offset"`
	TotalCount int `json:"totalCount"`
}

// SubmissionList is the answer to GET /submissions.
type SubmissionList struct {
	Counted
	Submissions []SubmissionRef `json:"submissions"`
}

// EventLog is the answer to GET …/events: compact tokens, oldest first.
type EventLog struct {
	Counted
	EventLog []string `json:"eventLog"`
}

// Info is the answer to GET …/info.
type Info struct {
	Version     Version      `json:"version"`
	Maintenance *Maintenance `json:"maintenance,omitempty"`
}

// Version is that of the specification an API follows.
type Version struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
	Patch int `json:"patch"`
}
