package dpv_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/dpv/schematest"
)

// offline refuses to fetch anything: a document carries its whole context.
type offline struct{}

func (offline) LoadDocument(address string) (*ld.RemoteDocument, error) {
	return nil, errors.New("the document asks for " + address)
}

// TestEveryDocumentExpands runs the documents through a JSON-LD processor. It
// drops what has no meaning in the context, so nothing may be missing afterwards.
func TestEveryDocumentExpands(t *testing.T) {
	for name, source := range sources() {
		t.Run(name, func(t *testing.T) {
			written := schematest.Parse(t, document(t, source))
			options := ld.NewJsonLdOptions("")
			options.DocumentLoader = offline{}
			options.ProcessingMode = ld.JsonLd_1_1
			options.SafeMode = true // an error instead of anything dropped

			expanded, err := ld.NewJsonLdProcessor().Expand(written, options)

			require.NoError(t, err)
			require.Len(t, expanded, 1)
			receipt := expanded[0].(map[string]any)
			assert.Equal(t, []any{"https://w3id.org/dpv#ConsentReceipt"}, receipt["@type"])
			assert.Equal(t, []any{map[string]any{"@id": "https://w3id.org/dpv/schema/dpv-27560#receipt"}}, receipt["http://purl.org/dc/terms/conformsTo"])
			assert.Equal(t, []any{map[string]any{
				"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": source.Time.Format("2006-01-02T15:04:05.99Z07:00"),
			}}, receipt["http://purl.org/dc/terms/created"])

			assert.Equal(t, keysOf(t, written), keysIn(expanded), "every key became an IRI, and none is lost")
			for _, key := range keysIn(expanded) {
				assert.True(t, strings.HasPrefix(key, "http"), "%s is an absolute IRI", key)
			}
			triples, err := ld.NewJsonLdProcessor().ToRDF(written, options)
			require.NoError(t, err)
			assert.NotEmpty(t, triples.(*ld.RDFDataset).GetQuads("@default"))
		})
	}
}

// keysOf lists the properties of a document as the IRIs that its prefixes stand for.
func keysOf(t *testing.T, written map[string]any) []string {
	t.Helper()
	context := written["@context"].(map[string]any)
	var keys []string
	for _, key := range keysIn(written) {
		prefix, name, ok := strings.Cut(key, ":")
		require.True(t, ok, key)
		require.Contains(t, context, prefix)
		keys = append(keys, context[prefix].(string)+name)
	}
	slices.Sort(keys)
	return keys
}

// keysIn lists every property of v, as often as it stands there, sorted.
func keysIn(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if key == "@context" {
				continue
			}
			if !strings.HasPrefix(key, "@") {
				keys = append(keys, key)
			}
			keys = append(keys, keysIn(value)...)
		}
	case []any:
		for _, item := range v {
			keys = append(keys, keysIn(item)...)
		}
	}
	slices.Sort(keys)
	return keys
}
