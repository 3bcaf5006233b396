package broker

import (
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// Generation is what one generation of the wire demands where the generations differ: a value that the API hands in, never
// a code path here (FIT-Connect contract 3.5, 6.3, 6.4).
type Generation struct {
	Content      seal.Rules   // headers of sealed metadata and data
	Attachment   seal.Rules   // headers of sealed attachments
	DataRequired bool         // whether a submission must have data
	Payloads     set.Versions // versions of the event payload schema that are taken
}

// V1 is the first generation: zip is taken, cty and data may be missing.
func V1() Generation {
	return Generation{Content: seal.V1(), Attachment: seal.V1(), Payloads: set.V1()}
}

// V2 is the second generation: cty is demanded, zip forbidden, data required.
func V2() Generation {
	return Generation{Content: seal.V2Content(), Attachment: seal.V2Attachment(), DataRequired: true, Payloads: set.V2()}
}
