package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// shape returns the keys of a ring file with the fields that they set. Any other key is an
// error.
func (r *Ring) shape() shape {
	const port, size, count = "a port: 1 to 65535", "a size: a whole number of bytes", "a count: a whole number"
	return section{
		"version":  number(&r.Version, "a version: a whole number"),
		"ring":     word(&r.Ring),
		"hosts":    list(r.nextHost),
		"wrapping": word(&r.Wrapping),
		"ports": section{
			"peer":   number(&r.Ports.Peer, port),
			"client": number(&r.Ports.Client, port),
		},
		"keepalive": section{
			"interval": duration(&r.Keepalive.Interval),
			"timeout":  duration(&r.Keepalive.Timeout),
		},
		"reconnect": section{
			"initial": duration(&r.Reconnect.Initial),
			"max":     duration(&r.Reconnect.Max),
		},
		"forward": section{
			"interval": duration(&r.Forward.Interval),
		},
		"log": section{
			"dir":            word(&r.Log.Dir),
			"fsync":          word(&r.Log.Fsync),
			"fsync_interval": duration(&r.Log.FsyncInterval),
			"segment_bytes":  number(&r.Log.SegmentBytes, size),
			"segment_age":    duration(&r.Log.SegmentAge),
			"retain_bytes":   number(&r.Log.RetainBytes, size),
			"retain_age":     duration(&r.Log.RetainAge),
			"min_free_bytes": number(&r.Log.MinFreeBytes, size),
		},
		"error_log": section{
			"max_bytes":         number(&r.ErrorLog.MaxBytes, size),
			"lines":             number(&r.ErrorLog.Lines, count),
			"lines_per_address": number(&r.ErrorLog.LinesPerAddress, count),
		},
		"limits": section{
			"clients":                number(&r.Limits.Clients, count),
			"clients_per_address":    number(&r.Limits.ClientsPerAddress, count),
			"clients_per_name":       number(&r.Limits.ClientsPerName, count),
			"client_memory":          number(&r.Limits.ClientMemory, size),
			"first_frame":            duration(&r.Limits.FirstFrame),
			"copies_timeout":         duration(&r.Limits.CopiesTimeout),
			"surveys":                number(&r.Limits.Surveys, count),
			"surveys_per_address":    number(&r.Limits.SurveysPerAddress, count),
			"followers":              number(&r.Limits.Followers, count),
			"followers_per_address":  number(&r.Limits.FollowersPerAddress, count),
			"follower_timeout":       duration(&r.Limits.FollowerTimeout),
			"handshakes":             number(&r.Limits.Handshakes, count),
			"handshakes_per_address": number(&r.Limits.HandshakesPerAddress, count),
			"runs":                   number(&r.Limits.Runs, count),
		},
		"tls":     r.TLS.shape(),
		"revoked": list(r.nextRevoked),
	}
}

// nextHost adds a host and returns its shape. The next call may move the host, so the shape
// must be read before.
func (r *Ring) nextHost() shape {
	r.Hosts = append(r.Hosts, Host{})
	h := &r.Hosts[len(r.Hosts)-1]
	return section{"name": word(&h.Name), "address": address(&h.Address)}
}

// shape is the expected form of a part of the file. Its method read stores the value of a node,
// and records the node's position in seen.
type shape interface {
	read(seen positions, key string, n ast.Node) *Error
}

type (
	section map[string]shape        // keys; each at most once
	list    func() shape            // entries; called once for each, returns its shape
	scalar  func(text string) error // a single value; the error is what was expected
)

func (s section) read(seen positions, key string, n ast.Node) *Error {
	seen[key] = positionOf(n)
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		return positionOf(n).fault(key, "must hold keys with values: %s", s.keys())
	}
	for _, entry := range mapping.Values {
		name := entry.Key.GetToken().Value
		inner, known := s[name]
		if !known {
			return positionOf(entry.Key).fault("", "unknown key %q%s: known are %s", name, inSection(key), s.keys())
		}
		if _, empty := entry.Value.(*ast.NullNode); empty {
			return positionOf(entry.Key).fault(joinKey(key, name), "has no value")
		}
		if fault := inner.read(seen, joinKey(key, name), entry.Value); fault != nil {
			return fault
		}
	}
	return nil
}

func (l list) read(seen positions, key string, n ast.Node) *Error {
	seen[key] = positionOf(n)
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		return positionOf(n).fault(key, "must be a list, each entry beginning with '-'")
	}
	for i, entry := range sequence.Values {
		if fault := l().read(seen, fmt.Sprintf("%s[%d]", key, i), entry); fault != nil {
			return fault
		}
	}
	return nil
}

// read uses the text of the value in the file, so that a name such as 007 is not converted to a
// number.
func (s scalar) read(seen positions, key string, n ast.Node) *Error {
	seen[key] = positionOf(n)
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
	default:
		return positionOf(n).fault(key, "must be a single plain or quoted value")
	}
	text := n.GetToken().Value
	if err := s(text); err != nil {
		return positionOf(n).fault(key, "%q is not %v", text, err)
	}
	return nil
}

// keys returns the keys of a section, for an error message.
func (s section) keys() string {
	return strings.Join(slices.Sorted(maps.Keys(s)), ", ")
}

func joinKey(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func inSection(key string) string {
	if key == "" {
		return ""
	}
	return " in " + key
}

func word[S ~string](dst *S) scalar {
	return func(text string) error {
		*dst = S(text)
		return nil
	}
}

func number[N int | int64 | uint16](dst *N, what string) scalar {
	return func(text string) error {
		v, err := strconv.ParseInt(text, 10, 64)
		if *dst = N(v); err != nil || int64(*dst) != v {
			return fmt.Errorf("%s", what)
		}
		return nil
	}
}

func duration(dst *time.Duration) scalar {
	return func(text string) (err error) {
		if *dst, err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("a duration, such as 15s, 500ms or 720h")
		}
		return nil
	}
}

func address(dst *netip.Addr) scalar {
	return func(text string) error {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("an IP address")
		}
		*dst = a.Unmap()
		return nil
	}
}
