package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ClientChange is what is to be another about a client; nil stays. Kind stays anyway: the other side of the broker is another program.
type ClientChange struct {
	Name   *string
	Manage *bool
	Grants *[]Grant
}

// Change gives a client another name and other rights. Rights that it loses are lost at once, whatever its tokens say; those that it gains are in the
// next token.
func (s *Clients) Change(ctx context.Context, who Caller, id ClientID, to ClientChange) (KnownClient, error) {
	return s.change(ctx, who, id, func(_ Tx, c *Client) (deed, detail string, err error) {
		was := *c
		to.apply(c)
		if err := (NewClient{Name: c.Name, Kind: c.Kind, Manage: c.Manage, Grants: c.Grants}).check(s.Now()); err != nil {
			return "", "", err
		}
		if detail = was.differs(*c); detail == "" {
			return "", "", nil
		}
		return "client.changed", detail, nil
	})
}

func (to ClientChange) apply(c *Client) {
	if to.Name != nil {
		c.Name = *to.Name
	}
	if to.Manage != nil {
		c.Manage = *to.Manage
	}
	if to.Grants != nil {
		c.Grants = *to.Grants
	}
}

// differs says for the audit log what is another now; "" is nothing.
func (c Client) differs(now Client) string {
	var all []string
	if c.Name != now.Name {
		all = append(all, fmt.Sprintf("the name was %q", clip(c.Name)))
	}
	if c.Manage != now.Manage {
		all = append(all, fmt.Sprintf("manages destinations: %v", now.Manage))
	}
	if !slices.Equal(c.Grants, now.Grants) {
		all = append(all, "may send: "+now.grantsText())
	}
	return strings.Join(all, "; ")
}

func (c Client) grantsText() string {
	if len(c.Grants) == 0 {
		return "everything everywhere"
	}
	all := make([]string, len(c.Grants))
	for i, g := range c.Grants {
		all[i] = strings.TrimSpace(g.Region + " " + g.Service)
	}
	return strings.Join(all, ", ")
}
