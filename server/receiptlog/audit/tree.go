package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/fault"
)

// tree is the right edge of a Merkle tree that grows by leaves: of each level of
// tiles, the one that is not full yet. That is enough for its root.
type tree struct {
	names  names
	levels []edge
}

// edge is the last tile of a level.
type edge struct {
	n      int64 // its position
	hashes []tlog.Hash
}

func (t *tree) clone() *tree {
	levels := slices.Clone(t.levels)
	for i := range levels {
		levels[i].hashes = slices.Clone(levels[i].hashes)
	}
	return &tree{names: t.names, levels: levels}
}

// grow adds leaves, which begin with a tile, and whose whole tiles have the
// roots. Tiles above that become full are compared with those of src, if there is one.
func (t *tree) grow(ctx context.Context, src Source, leaves, roots []tlog.Hash, report *Report) error {
	whole := len(leaves) / perTile
	for _, root := range roots[:whole] {
		if err := t.push(ctx, src, 1, root, report); err != nil {
			return err
		}
	}
	t.at(0).n += int64(whole)
	t.at(0).hashes = slices.Clone(leaves[whole*perTile:])
	return nil
}

func (t *tree) at(level int) *edge {
	for len(t.levels) <= level {
		t.levels = append(t.levels, edge{})
	}
	return &t.levels[level]
}

func (t *tree) push(ctx context.Context, src Source, level int, h tlog.Hash, report *Report) error {
	e := t.at(level)
	e.hashes = append(e.hashes, h)
	if len(e.hashes) < perTile {
		return nil
	}
	if src != nil {
		wrong, err := compare(ctx, src, t.names, level, e.n, e.hashes)
		if err != nil {
			return err
		}
		report.add(wrong...)
	}
	root := rootOf(e.hashes)
	e.n++
	e.hashes = nil
	return t.push(ctx, src, level+1, root, report)
}

// finish compares the tiles that are not full, except the one of the leaves, which
// was compared as they came. still says that the log has not grown since: then no
// tile may hold more than it does here.
func (t *tree) finish(ctx context.Context, src Source, still bool, report *Report) error {
	for level, e := range t.levels {
		if len(e.hashes) == 0 {
			continue
		}
		if level > 0 {
			wrong, err := compare(ctx, src, t.names, level, e.n, e.hashes)
			if err != nil {
				return err
			}
			report.add(wrong...)
		}
		got, err := src.Tile(ctx, level, e.n, len(e.hashes))
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if more := len(got)/tlog.HashSize - len(e.hashes); still && more > 0 {
			report.addf(t.names.tileAt(level, e.n), "It has %d hashes more than the log has leaves for.", more)
		}
	}
	return nil
}

// root returns the hash of the tree (RFC 9162, section 2.1.1).
func (t *tree) root() tlog.Hash {
	var row []tlog.Hash // roots of whole subtrees, from left to right, each at most as high as the one before
	var heights []int
	for level := len(t.levels) - 1; level >= 0; level-- {
		for _, h := range t.levels[level].hashes {
			row, heights = append(row, h), append(heights, 8*level)
			for i := len(row) - 1; i > 0 && heights[i] == heights[i-1]; i-- {
				row, heights = append(row[:i-1], tlog.NodeHash(row[i-1], row[i])), heights[:i]
				heights[i-1]++
			}
		}
	}
	if len(row) == 0 {
		empty, err := tlog.TreeHash(0, nil)
		if err != nil {
			panic(err) // a tree without leaves reads nothing
		}
		return empty
	}
	root := row[len(row)-1]
	for i := len(row) - 2; i >= 0; i-- {
		root = tlog.NodeHash(row[i], root)
	}
	return root
}

// rootOf returns the root of a full tile.
func rootOf(hashes []tlog.Hash) tlog.Hash {
	row := slices.Clone(hashes)
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// compare compares the hashes of a tile, as they have been made anew, with the
// tile of the source.
func compare(ctx context.Context, src Source, names names, level int, n int64, want []tlog.Hash) ([]Problem, error) {
	where := names.tileAt(level, n)
	got, err := src.Tile(ctx, level, n, len(want))
	if errors.Is(err, fault.NotFound) {
		return []Problem{{where, "It is missing."}}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(got) < len(want)*tlog.HashSize || len(got)%tlog.HashSize != 0 || len(got) > perTile*tlog.HashSize {
		return []Problem{{where, fmt.Sprintf("It has %d bytes; there should be %d.", len(got), len(want)*tlog.HashSize)}}, nil
	}
	var wrong []Problem
	for i, h := range want {
		if tlog.Hash(got[i*tlog.HashSize:(i+1)*tlog.HashSize]) == h {
			continue
		}
		if level > 0 {
			wrong = append(wrong, Problem{where, fmt.Sprintf("Hash %d is not the root of the tile below it.", i)})
			continue
		}
		wrong = append(wrong, Problem{names.leafAt(n*perTile + int64(i)),
			fmt.Sprintf("Hash %d of %s is of something else: what the leaf holds was changed, or put in the place of another, or the tile was changed.", i, where)})
	}
	return wrong, nil
}
