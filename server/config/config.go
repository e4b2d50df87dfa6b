// Package config reads the folder that a deployment is configured by, and says
// everything that is wrong with it.
//
// The folder holds one folder for each group, or is itself that of one group:
//
//	progress/
//	    group.yaml           the group, its entities, purposes and sites (type group.Group)
//	    notices/*.md         privacy notices (package notice/markdown)
//	    locales/LANG.yaml    the group's own wordings: message key to text
//
// Reading is strict: a key that nobody knows, a reference to nothing or a
// colour that can't be read is a problem, and a folder with a problem is
// refused as a whole. All problems are reported at once, each with its file,
// line and column. What is legal but worth a look is a warning.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/notice"
)

// Config is a folder that was read without a problem. It is read-only and safe
// for concurrent use.
type Config struct {
	Groups   []*group.Group // by the name of their folder
	Warnings []Problem
	Hash     string // SHA-256 (hex) of every file that was read

	sites   map[string]owned
	notices map[string][]Notice // by group id
}

// owned is a site with the group that it belongs to.
type owned struct {
	group *group.Group
	site  *group.Site
}

// Notice is a notice with the source that it was read from.
type Notice struct {
	notice.Notice
	Source []byte // as in the file; not to be changed
	File   string // path, for messages
}

// Site returns the site with an id, and its group. Ids are unique in the folder.
func (c *Config) Site(id string) (*group.Group, *group.Site, bool) {
	o, ok := c.sites[id]
	return o.group, o.site, ok
}

// SiteIDs lists the ids of all sites, sorted.
func (c *Config) SiteIDs() []string { return slices.Sorted(maps.Keys(c.sites)) }

// Notices lists the notices in a group's folder, every version and language,
// in the order of their files.
func (c *Config) Notices(groupID string) []Notice { return c.notices[groupID] }

// Scopes lists, sorted by id, a group's notices with the entities that each
// covers in the version that is in force on a day: what [group.Group.Applies] asks for.
func (c *Config) Scopes(groupID string, today time.Time) []group.Scope {
	return scopes(c.notices[groupID], today)
}

func scopes(notices []Notice, today time.Time) []group.Scope {
	ids := map[string]bool{}
	for _, n := range notices {
		ids[n.ID] = true
	}
	var out []group.Scope
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if n, ok := inForce(notices, id, today); ok {
			out = append(out, group.Scope{ID: n.ID, Entities: n.Entities})
		}
	}
	return out
}

// inForce returns the version of a notice that applies on a day, in any language.
func inForce(notices []Notice, id string, today time.Time) (notice.Notice, bool) {
	all := make([]notice.Notice, len(notices))
	for i, n := range notices {
		all[i] = n.Notice
	}
	return notice.InForce(all, id, "", today)
}

// Load reads the folder dir. A folder that is missing, or has no group in it,
// is an error that wraps [fault.NotFound]; one with problems an [*Invalid],
// which holds them all. Today decides what is overdue, and nothing else.
func Load(dir string, today time.Time) (*Config, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("config folder %s: there is no such folder: %w", dir, fault.NotFound)
	case !info.IsDir():
		return nil, fmt.Errorf("config folder %s: it is a file; name the folder that it is in: %w", dir, fault.NotFound)
	}
	return LoadFS(os.DirFS(dir), filepath.ToSlash(filepath.Clean(dir)), today)
}

// LoadFS reads a folder from fsys, as [Load] does. Paths in problems begin with dir.
func LoadFS(fsys fs.FS, dir string, today time.Time) (*Config, error) {
	folders, err := groupFolders(fsys)
	if err != nil {
		return nil, fmt.Errorf("config folder %s: %w", dir, err)
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("config folder %s: no group.yaml in it or in a folder of it: %w", dir, fault.NotFound)
	}

	l := &loader{fsys: fsys, dir: dir, today: today, hash: sha256.New()}
	var groups []*loaded
	for _, folder := range folders {
		groups = append(groups, l.group(folder))
	}
	l.acrossGroups(groups)
	for _, g := range groups {
		l.problems = append(l.problems, g.doc.problems...)
		l.warnings = append(l.warnings, g.doc.warnings...)
	}
	if len(l.problems) > 0 {
		return nil, &Invalid{Problems: sorted(l.problems), Warnings: sorted(l.warnings)}
	}

	c := &Config{
		Warnings: sorted(l.warnings),
		Hash:     hex.EncodeToString(l.hash.Sum(nil)),
		sites:    map[string]owned{},
		notices:  map[string][]Notice{},
	}
	for _, g := range groups {
		c.Groups = append(c.Groups, &g.Group)
		c.notices[g.ID] = g.notices
		for i := range g.Sites {
			c.sites[g.Sites[i].ID] = owned{&g.Group, &g.Sites[i]}
		}
	}
	return c, nil
}

// groupFolders lists the folders to read: the folder itself if it is that of
// a group, else every one in it that holds a group.yaml or looks as if it should.
func groupFolders(fsys fs.FS) ([]string, error) {
	if exists(fsys, "group.yaml") {
		return []string{"."}, nil
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, e := range entries {
		n := e.Name()
		if strings.HasPrefix(n, ".") {
			continue
		}
		for _, sign := range []string{"group.yaml", "group.yml", "notices", "locales"} {
			if exists(fsys, pathpkg.Join(n, sign)) {
				folders = append(folders, n)
				break
			}
		}
	}
	return folders, nil
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}
