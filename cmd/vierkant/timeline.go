package main

import (
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// describe is one line of a timeline: when, what, by whom, and what else the event says.
func describe(e client.Event) string {
	by := "the service"
	if !e.ByService {
		by = "the authority"
	}
	name := strings.TrimPrefix(e.Type, set.CreateSubmission[:strings.LastIndexByte(set.CreateSubmission, '/')+1])
	return fmt.Sprintf("%s  %-19s signed by %-13s %s", e.Issued.Local().Format("15:04:05"), name, by, remark(e.Payload))
}

func remark(p set.Payload) string {
	var remarks []string
	if t := p.AuthenticationTags; t != nil {
		parts := 1 + len(t.Attachments)
		if t.Data != "" {
			parts++
		}
		remarks = append(remarks, fmt.Sprintf("names %d sealed parts", parts))
	}
	if p.NotifyType != "" {
		remarks = append(remarks, "by "+p.NotifyType)
	}
	for _, problem := range p.Problems {
		remarks = append(remarks, fmt.Sprintf("%s (%s): %s", strings.TrimPrefix(problem.Type, set.ProblemPrefix), problem.Instance, problem.Detail))
	}
	return strings.Join(remarks, "; ")
}
