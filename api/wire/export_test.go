package wire

import "github.com/vierkant/vierkant/schemas/strict"

// Check judges a JSON text by the rules without decoding it.
func Check(text []byte) error { return inBody(strict.Check(text, rules)) }
