package snippets

import (
	"context"
	"errors"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// Service writes snippets for clients that there are, in one environment.
type Service struct {
	clients          *broker.Clients
	environment, url string
	writer           *Writer
}

// NewService takes the name of the environment and its public URL, without a slash at its end.
func NewService(clients *broker.Clients, environment, url string) (*Service, error) {
	if clients == nil || environment == "" || url == "" {
		return nil, errors.New("snippets: clients, environment and url are required")
	}
	writer, err := New()
	return &Service{clients, environment, url, writer}, err
}

// Ask is what somebody wants to send or to receive; what is empty is chosen here: what a sender may send, the first destination of a subscriber.
type Ask struct {
	Service     string // URN, or the key that is its last part
	Region      string // digits, or DE and digits
	Destination string
}

// leikaURN is before the key of a service in its URN.
const leikaURN = "urn:de:fim:leika:leistung:"

// For writes the snippets for a client of the caller's organisation.
func (s *Service) For(ctx context.Context, who broker.Caller, id broker.ClientID, ask Ask) ([]Snippet, error) {
	c, err := s.clients.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	f := Facts{
		Environment: s.environment, URL: s.url, ClientID: string(c.ID), Sends: c.Kind == broker.Sender,
		Service: ask.Service, ARS: strings.TrimPrefix(ask.Region, "DE"), Destination: ask.Destination,
	}
	if f.Service != "" && !strings.Contains(f.Service, ":") {
		f.Service = leikaURN + f.Service
	}
	if f.Sends {
		f.choose(c.Grants)
	} else if f.Destination == "" {
		if f.Destination, err = s.first(ctx, who, id); err != nil {
			return nil, err
		}
	}
	all, err := s.writer.Write(f)
	if errors.Is(err, ErrUnfit) {
		return nil, broker.Invalid.Wrap(err, "bad-request",
			"a service is a URN like %s or its last part, a region DE and digits like DE14713, a destination its id", AnyService)
	}
	return all, err
}

// choose takes from what a sender may send, where nothing was asked for.
func (f *Facts) choose(may []broker.Grant) {
	for _, g := range may {
		if f.Service == "" && g.Service != "" {
			f.Service = g.Service
		}
		if f.ARS == "" && len(g.Region) > len("DE") {
			f.ARS = strings.TrimPrefix(g.Region, "DE")
		}
	}
}

// first is a destination that the client is assigned to; "" if there is none.
func (s *Service) first(ctx context.Context, who broker.Caller, id broker.ClientID) (string, error) {
	all, err := s.clients.Destinations(ctx, who, id)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return string(all[0].ID), nil
}
