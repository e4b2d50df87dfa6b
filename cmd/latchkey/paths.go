package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"
)

// paths are the types of flags and arguments that are paths: of folders and files that are
// there, and of those that need not be.
var paths = kong.OptionFunc(func(k *kong.Kong) error {
	for name, check := range map[string]func(os.FileInfo) error{
		"existingdir":  isDir,
		"existingfile": isFile,
		"anypath":      nil,
	} {
		if err := kong.NamedMapper(name, pathMapper(check)).Apply(k); err != nil {
			return err
		}
	}
	return nil
})

// pathMapper reads a path. With a check, something must be there that it has no error for.
func pathMapper(check func(os.FileInfo) error) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		var path string
		if err := ctx.Scan.PopValueInto("path", &path); err != nil {
			return err
		}
		// What the environment says for another command, or for what the command line says, need not be there.
		if check != nil && (!ctx.Value.Active || ctx.Value.Set && ctx.Value.Target.Type() == target.Type()) {
			return nil
		}
		// A URL is refused by refuseURLs: to an error of a mapper, kong adds the value if it is from the environment.
		if check != nil && !isURL(path) {
			path = kong.ExpandPath(path)
			info, err := os.Stat(path)
			if err == nil {
				err = check(info)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", path, cause(err))
			}
		}
		target.SetString(path)
		return nil
	}
}

// refuseURLs returns an error if a path on the command line, or in the environment, is the URL of a
// database. It does not repeat it: a password may be in it.
func refuseURLs(parsed *kong.Context) error {
	values := slices.Clone(parsed.Selected().Positional)
	for _, flag := range parsed.Flags() {
		values = append(values, flag.Value)
	}
	for _, v := range values {
		isPath := slices.Contains([]string{"existingdir", "existingfile", "anypath"}, v.Tag.Type)
		if isPath && v.Target.Kind() == reflect.String && isURL(v.Target.String()) {
			return fmt.Errorf("%s: this looks like the URL of a database, and is to be a path; a database is given with --database, or better as LATCHKEY_DATABASE in the environment", v.ShortSummary())
		}
	}
	return nil
}

func isDir(info os.FileInfo) error {
	if !info.IsDir() {
		return errors.New("this is a file; want a folder")
	}
	return nil
}

func isFile(info os.FileInfo) error {
	if info.IsDir() {
		return errors.New("this is a folder; want a file")
	}
	return nil
}

// cause is an error of the file system without the path in it.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
