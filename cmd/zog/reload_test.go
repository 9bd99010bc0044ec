package main

import (
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
)

func TestReload(t *testing.T) {
	for _, c := range []struct {
		name             string
		change           func(*config.Ring)
		applied, restart []string
	}{
		{"nothing", func(*config.Ring) {}, nil, nil},
		{"the times", func(r *config.Ring) {
			r.Keepalive = config.Keepalive{Interval: time.Second, Timeout: time.Minute}
			r.Reconnect = config.Reconnect{Initial: time.Second, Max: time.Minute}
			r.Forward = config.Forward{Interval: 250 * time.Millisecond}
			r.Log.FsyncInterval = time.Minute
		}, []string{"keepalive.interval", "keepalive.timeout", "reconnect.initial", "reconnect.max", "forward.interval", "log.fsync_interval"}, nil},
		{"what is kept", func(r *config.Ring) {
			r.Log.SegmentAge, r.Log.RetainBytes, r.Log.RetainAge = time.Hour, 1<<30, 24*time.Hour
		}, []string{"log.segment_age", "log.retain_bytes", "log.retain_age"}, nil},
		{"space", func(r *config.Ring) { r.Log.MinFreeBytes = 1 << 30 }, []string{"log.min_free_bytes"}, nil},
		{"a host moves", func(r *config.Ring) {
			r.Hosts[1].Address = netip.MustParseAddr("127.0.55.99")
		}, nil, []string{"hosts"}},
		{"hosts change places", func(r *config.Ring) { slices.Reverse(r.Hosts) }, nil, []string{"hosts"}},
		{"a host leaves", func(r *config.Ring) { r.Hosts = r.Hosts[:4] }, nil, []string{"hosts"}},
		{"the log", func(r *config.Ring) {
			r.Log = config.Log{Dir: "elsewhere", Fsync: config.FsyncNever, FsyncInterval: r.Log.FsyncInterval, SegmentBytes: 1 << 20, MinFreeBytes: r.Log.MinFreeBytes}
		}, nil, []string{"log.dir", "log.fsync", "log.segment_bytes"}},
		{"what is kept does not go with the segments there are", func(r *config.Ring) {
			r.Log.SegmentBytes, r.Log.RetainBytes = 1<<20, 2<<20 // less than one segment of before
		}, nil, []string{"log.segment_bytes", "log.retain_bytes"}},
		{"limits", func(r *config.Ring) {
			r.Limits.Surveys, r.ErrorLog.Lines = 7, 8
		}, []string{"error_log", "limits"}, nil},
		{"some of both", func(r *config.Ring) {
			r.Ring, r.Wrapping, r.Ports.Peer = "other", config.Respective, 7
			r.Keepalive.Interval = 3 * time.Second
		}, []string{"keepalive.interval"}, []string{"ring", "ports.peer", "wrapping"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, file := config.Loopback(5), config.Loopback(5)
			c.change(file)
			got := reload(old, file)
			if !slices.Equal(got.applied, c.applied) || !slices.Equal(got.needRestart, c.restart) {
				t.Errorf("applied %v, restart %v; want %v and %v", got.applied, got.needRestart, c.applied, c.restart)
			}
			if again := reload(got.ring, file); len(again.applied) > 0 || !slices.Equal(again.needRestart, c.restart) {
				t.Errorf("again: applied %v, restart %v; want none and %v", again.applied, again.needRestart, c.restart)
			}
			if err := got.ring.Validate(); err != nil {
				t.Errorf("in force: %v", err)
			}
			if !reflect.DeepEqual(old, config.Loopback(5)) {
				t.Error("the ring in force was written to: hosts read it meanwhile")
			}
		})
	}
}

// A key that joins the ring file is noticed here until reload decides on it.
func TestReloadKnowsEveryKey(t *testing.T) {
	file := config.Loopback(5)
	leaves := 0
	eachLeaf(reflect.ValueOf(file).Elem(), "", func(path string, leaf reflect.Value) {
		leaves++
		before := reflect.New(leaf.Type()).Elem()
		before.Set(leaf)
		alter(t, path, leaf)
		got := reload(config.Loopback(5), file)
		leaf.Set(before)
		if len(got.applied)+len(got.needRestart) != 1 {
			t.Errorf("%s changed: applied %v, restart %v", path, got.applied, got.needRestart)
		}
	})
	if leaves < 14 {
		t.Errorf("only %d values were found in a ring file", leaves)
	}
}

// eachLeaf visits the fields of a struct, and of the structs in it.
func eachLeaf(v reflect.Value, path string, visit func(string, reflect.Value)) {
	for i := range v.NumField() {
		field, name := v.Field(i), path+"."+v.Type().Field(i).Name
		if field.Kind() == reflect.Struct {
			eachLeaf(field, name, visit)
		} else {
			visit(name, field)
		}
	}
}

func alter(t *testing.T, path string, leaf reflect.Value) {
	t.Helper()
	switch {
	case leaf.CanInt():
		leaf.SetInt(leaf.Int() + 1)
	case leaf.CanUint():
		leaf.SetUint(leaf.Uint() + 1)
	case leaf.Kind() == reflect.String:
		leaf.SetString(leaf.String() + "x")
	case leaf.Kind() == reflect.Slice && leaf.Len() == 0:
		leaf.Set(reflect.MakeSlice(leaf.Type(), 1, 1))
	case leaf.Kind() == reflect.Slice:
		leaf.Set(leaf.Slice(0, leaf.Len()-1))
	default:
		t.Fatalf("%s: no way to change a %s", path, leaf.Type())
	}
}

// The help and the README name what a reload changes, all of it and nothing else.
func TestWhatAReloadChangesIsNamed(t *testing.T) {
	var sections, ofLog []string
	for _, name := range applied(t) {
		section, rest, _ := strings.Cut(name, ".")
		switch {
		case section == "log":
			ofLog = append(ofLog, rest)
		case !slices.Contains(sections, section):
			sections = append(sections, section)
		}
	}
	want := strings.Join(sections, ", ") + ", and of log " + strings.Join(ofLog, ", ") + " change at once"
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"zog run --help": runHelp, "README.md": string(readme)} {
		plain := strings.Join(strings.Fields(strings.ReplaceAll(text, "`", "")), " ")
		if !strings.Contains(plain, want) {
			t.Errorf("%s does not say %q", where, want)
		}
	}
}

// applied returns the keys that a reload changes, in the order of the file.
func applied(t *testing.T) (names []string) {
	file := config.Loopback(5)
	eachLeaf(reflect.ValueOf(file).Elem(), "", func(path string, leaf reflect.Value) {
		before := reflect.New(leaf.Type()).Elem()
		before.Set(leaf)
		if alter(t, path, leaf); strings.HasPrefix(path, ".Log.") && leaf.CanInt() {
			leaf.SetInt(leaf.Int() + int64(time.Hour)) // what is kept has a least value
		}
		names = append(names, reload(config.Loopback(5), file).applied...)
		leaf.Set(before)
	})
	return names
}
