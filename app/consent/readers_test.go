package consent_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheReadersInTheDocsReadTheVectors runs the examples of web/docs/cookie.md, as
// they stand there, on every value of the vectors.
func TestTheReadersInTheDocsReadTheVectors(t *testing.T) {
	page, err := os.ReadFile("../../web/docs/cookie.md")
	require.NoError(t, err)
	vectors, err := filepath.Abs("../../testdata/vectors/cookie.json")
	require.NoError(t, err)
	type choice struct {
		Date     string          `json:"date"`
		Revision string          `json:"revision"`
		Method   string          `json:"method"`
		GPC      bool            `json:"gpc"`
		On       map[string]bool `json:"on"`
	}
	var want struct {
		Read []struct {
			Name string  `json:"name"`
			Want *choice `json:"want"`
		} `json:"read"`
	}
	b, err := os.ReadFile(vectors)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))

	for _, c := range []struct {
		language, file, drive string
		command               []string
		other                 map[string]string // further files
	}{
		{
			language: "go", file: "latchkey/read.go", command: []string{"go", "run", "."},
			other: map[string]string{
				"go.mod": "module readers\n\ngo 1.24\n",
				"main.go": `package main

import (
	"encoding/json"
	"os"

	"readers/latchkey"
)

func main() {
	b, _ := os.ReadFile(os.Args[1])
	var v struct{ Read []struct{ Value string } }
	if err := json.Unmarshal(b, &v); err != nil {
		panic(err)
	}
	got := []*latchkey.Choice{}
	for _, r := range v.Read {
		got = append(got, latchkey.Read(r.Value))
	}
	json.NewEncoder(os.Stdout).Encode(got)
}
`,
			},
		},
		{
			language: "php", file: "read.php", command: []string{"php", "read.php"},
			drive: "echo json_encode(array_map(fn($r) => latchkey_read($r['value']), json_decode(file_get_contents($argv[1]), true)['read']));\n",
		},
		{
			language: "js", file: "read.js", command: []string{"node", "read.js"},
			drive: `const { read } = JSON.parse(require('fs').readFileSync(process.argv[2]));
console.log(JSON.stringify(read.map(({ value }) => readLatchkey(value)), (_, v) => (v instanceof Map ? Object.fromEntries(v) : v)));
`,
		},
	} {
		t.Run(c.language, func(t *testing.T) {
			m := regexp.MustCompile("(?s)\n```"+c.language+"\n(.*?)```\n").FindAllStringSubmatch(string(page), -1)
			require.Len(t, m, 1, "one example in %s", c.language)
			dir := t.TempDir()
			files := map[string]string{c.file: m[0][1] + c.drive}
			maps.Copy(files, c.other)
			for name, text := range files {
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			}
			run := exec.Command(c.command[0], append(c.command[1:], vectors)...)
			run.Dir = dir
			run.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
			out, err := run.CombinedOutput()
			require.NoError(t, err, "%s", out)
			var got []*choice
			require.NoError(t, json.Unmarshal(out, &got), "%s", out)
			require.Len(t, got, len(want.Read))
			for i, r := range want.Read {
				assert.Equal(t, r.Want, got[i], r.Name)
			}
		})
	}
}
