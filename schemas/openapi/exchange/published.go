package exchange

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"

	"github.com/goccy/go-yaml"

	"github.com/vierkant/vierkant/schemas/openapi"
)

// Published reads a specification that others published, in YAML. Its paths are without that of its server.
func Published(text []byte) (openapi.Description, error) {
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return openapi.Description{}, err
	}
	document["servers"] = []any{map[string]any{"url": ""}}
	plain, err := json.Marshal(document)
	if err != nil {
		return openapi.Description{}, err
	}
	return openapi.Read(plain, "")
}

// CheckAnswer returns why a client that was made from a description of others would not understand an answer: its status, media type or
// body are not as they are described. What is not described may be there as well, errors too, which clients treat by their class (FIT-Connect
// contract 1.5), and a body that is described may be missing where it has nothing to say.
func (j *Judge) CheckAnswer(e Exchange) error {
	o, known := j.find(e.Method, e.Path)
	if !known {
		return nil
	}
	_, response, ok := o.Response(e.Status)
	if !ok && e.Status < http.StatusBadRequest {
		return fmt.Errorf("%s %s answers %d, which is not published", o.Method, o.Path, e.Status)
	}
	if !ok || len(e.Body) == 0 {
		return nil
	}
	mediaType, _, _ := mime.ParseMediaType(e.Header.Get("Content-Type"))
	media, ok := response.Content[mediaType]
	if !ok {
		return fmt.Errorf("%s %s, %d: the media type %q is not published", o.Method, o.Path, e.Status, mediaType)
	}
	value, err := decode(mediaType, e.Body)
	if err == nil {
		err = j.schemas.judge(o.scope, media.Schema, value)
	}
	if err != nil {
		return fmt.Errorf("%s %s, %d: %w", o.Method, o.Path, e.Status, err)
	}
	return nil
}
