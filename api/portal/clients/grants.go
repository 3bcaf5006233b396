package clients

import (
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// granted reads permissions to send: one a line, a region and maybe a service, and one more that was looked up. What they may be is for the broker to say.
func granted(f *page.Form) (all []broker.Grant) {
	lines := strings.Split(f.Value("grants"), "\n")
	if region, service := f.Value("region"), f.Value("service"); region != "" || service != "" {
		if region == "" {
			region = everywhere
		}
		lines = append(lines, region+" "+service)
	}
	for _, line := range lines {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r,;=", r) })
		if len(words) == 0 {
			continue
		}
		all = append(all, broker.Grant{Region: region(words[0]), Service: service(strings.Join(words[1:], " "))})
	}
	return all
}

// everywhere is the region of which all others are a part.
const everywhere = "DE"

// region takes the digits of a key too.
func region(word string) string {
	if strings.Trim(word, "0123456789") == "" {
		return everywhere + word
	}
	return strings.ToUpper(word)
}

// service takes the last part of the URN of a FIM service too.
func service(word string) string {
	if word != "" && strings.Trim(word, "0123456789") == "" {
		return "urn:de:fim:leika:leistung:" + word
	}
	return word
}

// written is how permissions are shown to be changed.
func written(grants []broker.Grant) string {
	lines := make([]string, len(grants))
	for i, g := range grants {
		lines[i] = strings.TrimSpace(g.Region + " " + g.Service)
	}
	return strings.Join(lines, "\n")
}
