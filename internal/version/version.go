// Package version says which build of zog this is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release is built:
//
//	go build -ldflags "-X xlattice.org/zog/internal/version.version=v1.2.3"
var version = "dev"

// String returns the version, the Go version, the platform, and the revision if it is
// known: "v1.2.3 (go1.26.1, linux/amd64, 0123456789ab+changes)".
func String() string {
	info, _ := debug.ReadBuildInfo()
	return describe(version, info)
}

// describe is String for a build; info may be nil.
func describe(version string, info *debug.BuildInfo) string {
	text := fmt.Sprintf("%s (%s, %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if r := revision(info); r != "" {
		text += ", " + r
	}
	return text + ")"
}

// revision returns the short name of the commit that was built, with "+changes" if
// files were changed, or "" if it is not known.
func revision(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	r := settings["vcs.revision"]
	r = r[:min(len(r), 12)]
	if r != "" && settings["vcs.modified"] == "true" {
		r += "+changes"
	}
	return r
}
