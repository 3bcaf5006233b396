package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

// jsonFlag is the one flag that every command has.
const jsonFlag = "json"

// output is where a command says what came of it: a text for people or, with --json, one JSON value for programs.
type output struct {
	to     io.Writer
	asJSON bool
}

func outputOf(cmd *cobra.Command) output {
	asJSON, _ := cmd.Flags().GetBool(jsonFlag) // every command has it
	return output{cmd.OutOrStdout(), asJSON}
}

// show writes value as JSON, or else what text writes, in one piece.
func (o output) show(value any, text func(io.Writer)) error {
	var all bytes.Buffer
	if !o.asJSON {
		text(&all)
	} else if err := encode(&all, value); err != nil {
		return err
	}
	_, err := o.to.Write(all.Bytes())
	return err
}

// narrative is where a command tells people what happens while it runs; nowhere with --json.
func (o output) narrative() io.Writer {
	if o.asJSON {
		return io.Discard
	}
	return o.to
}

// encode writes JSON for programs on one line, and leaves < and > alone, which stand in no web page here.
func encode(to io.Writer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
