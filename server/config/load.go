package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	pathpkg "path"
	"strings"
	"time"

	"latchkey/app/group"
)

// maxYAML is the largest YAML file that is read, in bytes: ten times what a
// group with several sites needs. The parser's time grows with the square of the
// lines, and its stack with the depth of what is nested.
const maxYAML = 128 << 10

// loader reads the groups of one folder.
type loader struct {
	fsys     fs.FS
	dir      string // what paths in problems begin with
	today    time.Time
	hash     hash.Hash // over every file read
	problems []Problem
	warnings []Problem
}

// loaded is a group as read, with what later checks need to name places in it.
type loaded struct {
	group.Group
	doc     *document
	notices []Notice
}

// group reads and checks the group in one folder.
func (l *loader) group(folder string) *loaded {
	g := &loaded{doc: newDocument(l.path(folder, "group.yaml"))}
	own := sha256.New()

	src, err := l.file(pathpkg.Join(folder, "group.yaml"), maxYAML, own)
	if err != nil {
		if _, other := fs.Stat(l.fsys, pathpkg.Join(folder, "group.yml")); other == nil {
			err = fmt.Errorf("the file group.yaml is missing, and group.yml is not read: rename it")
		}
		g.doc.problem("", "%s", err)
	} else {
		g.doc.read(src, &g.Group)
	}
	broken := len(g.doc.values) == 1 && len(g.doc.problems) > 0 // nothing could be read, so nothing more can be said about it

	g.Texts = l.locales(folder, g, own)
	g.notices = l.notices(folder)
	g.Hash = hex.EncodeToString(own.Sum(nil))
	if !broken {
		checkGroup(g, l.today)
		l.checkNotices(g)
	}
	return g
}

// path is how messages name a file.
func (l *loader) path(parts ...string) string {
	return pathpkg.Join(append([]string{l.dir}, parts...)...)
}

// keep takes over what was found in a document.
func (l *loader) keep(d *document) {
	l.problems = append(l.problems, d.problems...)
	l.warnings = append(l.warnings, d.warnings...)
}

// file reads a file of at most limit bytes and adds it to the hashes. The error
// is a sentence for people.
func (l *loader) file(name string, limit int64, also ...hash.Hash) ([]byte, error) {
	info, err := fs.Stat(l.fsys, name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the file %s is missing or can't be read: add it", pathpkg.Base(name))
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder: want a file", pathpkg.Base(name))
	case info.Size() > limit:
		return nil, fmt.Errorf("the file is larger than %d kB: make it shorter", limit>>10)
	}
	src, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: check who may read it")
	}
	for _, h := range append(also, l.hash) {
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(src))
		h.Write(src)
	}
	return bytes.TrimPrefix(src, byteOrderMark), nil
}

// byteOrderMark is what some editors of Windows put before the first line of a text.
var byteOrderMark = []byte("\ufeff")

// list names the files of a folder with an extension, and warns of others: a
// file with a slip in its name would be left out unnoticed.
func (l *loader) list(folder, extension string) []string {
	entries, err := fs.ReadDir(l.fsys, folder)
	if err != nil {
		return nil // the folder is optional
	}
	var names []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case !e.IsDir() && strings.HasSuffix(e.Name(), extension):
			names = append(names, pathpkg.Join(folder, e.Name()))
		default:
			l.warnings = append(l.warnings, Problem{
				File: l.path(folder, e.Name()), Line: 1, Column: 1,
				Text: "this is not read: only files named *" + extension + " are",
			})
		}
	}
	return names
}

// acrossGroups checks what must be unique in the whole folder.
func (l *loader) acrossGroups(groups []*loaded) {
	ids, sites := map[string]string{}, map[string]string{} // id to file
	var cookies []cookieUse
	for _, g := range groups {
		d := g.doc
		if first, twice := ids[g.ID]; twice && g.ID != "" {
			d.problem("id", "the group %q exists already, in %s: give one of them another id", g.ID, first)
		}
		ids[g.ID] = d.file
		for i, s := range g.Sites {
			if first, twice := sites[s.ID]; twice && s.ID != "" {
				d.problem(path("sites", i, "id"), "the site %q exists already, in %s: its id is its address, so give one of them another", s.ID, first)
			}
			sites[s.ID] = d.file
			cookies = checkCookieClash(d, i, s, cookies)
		}
	}
}
