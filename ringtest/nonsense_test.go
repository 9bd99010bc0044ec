package ringtest_test

import (
	"context"
	"fmt"
	"math"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// witness is a test that notes where it was ended, and why.
type witness struct {
	ringtest.TB
	helpers []string // functions
	where   runtime.Frame
	why     string
}

func (w *witness) Helper() {
	w.helpers = append(w.helpers, caller(nil).Function)
}

// Fatalf ends it at the line that the testing package would name: the first one that is
// not in a helper.
func (w *witness) Fatalf(format string, args ...any) {
	w.where, w.why = caller(w.helpers), fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// caller is the line that called who asks, or the first above that is in none of some
// functions.
func caller(but []string) runtime.Frame {
	pcs := make([]uintptr, 50)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !more || !slices.Contains(but, f.Function) {
			return f
		}
	}
}

// nonsense is what cannot be, and what is said of it.
var nonsense = map[string]struct {
	do   func(r *ringtest.Ring)
	says string
}{
	"the 0th":           {func(r *ringtest.Ring) { r.Host("MV").Actor("router").Panic(ringtest.Nth(0, "Take")) }, `Nth(0, "Take"): the first is 1`},
	"the 0th frame":     {func(r *ringtest.Ring) { mvToPA(r).Stall(ringtest.Nth(0, "Data")) }, `Nth(0, "Data"): the first is 1`},
	"the 0th write":     {func(r *ringtest.Ring) { r.Host("MV").Disk().Fail(nil, ringtest.Nth(-1, "write")) }, `Nth(-1, "write"): the first is 1`},
	"twice as many":     {func(r *ringtest.Ring) { r.Host("MV").Actor("router").Drop(ringtest.Some(2, "Take")) }, `Some(2, "Take"): a part is more than 0`},
	"none of them":      {func(r *ringtest.Ring) { mvToPA(r).Vanish(ringtest.Some(0, "Data")) }, `Some(0, "Data"): a part is more than 0`},
	"no number of them": {func(r *ringtest.Ring) { mvToPA(r).HalfClose(ringtest.Some(math.NaN(), "")) }, `Some(NaN, ""): a part is`},
	"a chance of 2":     {func(r *ringtest.Ring) { r.Host("MV").Actor("").Hang(ringtest.When{Chance: 2}) }, "When.Chance is 2: it is 0, which is all, to 1"},
	"fewer than none":   {func(r *ringtest.Ring) { r.Host("MV").Actor("").Reorder(ringtest.When{Times: -1}) }, "When.Times is -1: it is 0, which is all, or more"},
	"back in time":      {func(r *ringtest.Ring) { r.Host("MV").Actor("").Duplicate(ringtest.When{Skip: -1}) }, "When.Skip is -1: it is 0 or more"},

	"a misspelt message":                       {func(r *ringtest.Ring) { r.Host("MV").Actor("router").PanicAfter(ringtest.Every("Tkae")) }, `there is no message "Tkae"; there are Abandon`},
	"a misspelt frame":                         {func(r *ringtest.Ring) { mvToPA(r).CutAfter(1, ringtest.Every("Dtaa")) }, `there is no frame "Dtaa"; there are Ack, Data, KeepAlive, Ok, bytes`},
	"a frame that is a message":                {func(r *ringtest.Ring) { mvToPA(r).FinAfter(1, ringtest.Every("Take")) }, `there is no frame "Take"`},
	"a count of misspelt frames":               {func(r *ringtest.Ring) { mvToPA(r).Sent("data") }, `there is no frame "data"`},
	"a misspelt operation":                     {func(r *ringtest.Ring) { r.Host("MV").Disk().Fail(nil, ringtest.Every("wirte")) }, `there is no disk operation "wirte"; there are change, create`},
	"a misspelt operation hangs":               {func(r *ringtest.Ring) { r.Host("MV").Disk().Hang("snyc") }, `there is no disk operation "snyc"`},
	"an open that hangs":                       {func(r *ringtest.Ring) { r.Host("MV").Disk().Hang("open") }, `"open" cannot hang in virtual time; these can: read, write, sync`},
	"a slow rename":                            {func(r *ringtest.Ring) { r.Host("MV").Disk().Slow(time.Second, ringtest.Every("rename")) }, `there is no slow operation "rename"; there are read, write, sync`},
	"a short sync":                             {func(r *ringtest.Ring) { r.Host("MV").Disk().ShortWrite(1, ringtest.Every("sync")) }, `When.Of is "sync": this fault is for each write`},
	"a write that syncs":                       {func(r *ringtest.Ring) { r.Host("MV").Disk().FailSync(ringtest.Every("write")) }, `When.Of is "write": this fault is for each sync`},
	"a write that lies":                        {func(r *ringtest.Ring) { r.Host("MV").Disk().Lie(ringtest.Every("write")) }, `this fault is for each sync`},
	"a probe of a misspelt message":            {func(r *ringtest.Ring) { r.Probe("", "Take", "Tkae") }, `there is no message "Tkae"`},
	"an actor's probe of a misspelt message":   {func(r *ringtest.Ring) { r.Host("MV").Actor("router").Probe("take") }, `there is no message "take"`},
	"a misspelt message is expected":           {func(r *ringtest.Ring) { r.Probe("").Expect("Take", "Tkae") }, `there is no message for this probe, "Tkae"`},
	"what the probe does not hear is expected": {func(r *ringtest.Ring) { r.Probe("", "Take").ExpectExactly("Append") }, `there is no message for this probe, "Append"; there are Take`},
	"nothing is expected":                      {func(r *ringtest.Ring) { r.Probe("").Expect() }, "no message is expected; ExpectNone is for that"},
	"none for less than no time":               {func(r *ringtest.Ring) { r.Probe("").ExpectNone(-1) }, "the time of ExpectNone is -1ns: it is 0s or more"},
	"a probe that asks nobody":                 {func(r *ringtest.Ring) { r.ProbeIf("", nil) }, "ProbeIf without a function"},

	"an unknown actor":                     {func(r *ringtest.Ring) { r.Host("MV").Actor("rooter") }, `there is no actor "rooter"; there are accesslog`},
	"a probe of an unknown actor":          {func(r *ringtest.Ring) { r.Probe("rooter") }, `there is no actor "rooter"`},
	"an actor below another that has none": {func(r *ringtest.Ring) { r.Host("MV").Actor("router/x") }, `there is no actor "router/x"`},
	"a link that there is not":             {func(r *ringtest.Ring) { r.Host("MV").Actor("links/+3") }, `there is no actor "links/+3"`},
	"a misspelt connection":                {func(r *ringtest.Ring) { r.Host("MV").Actor("conns/con-1") }, `there is no actor "conns/con-1"`},
	"a listener that there is not":         {func(r *ringtest.Ring) { r.Host("MV").Actor("listeners/peers") }, `listeners/peers-1`},
	"a bad pattern":                        {func(r *ringtest.Ring) { r.Host("MV").Actor("[") }, "syntax error in pattern"},
	"no refusal":                           {func(r *ringtest.Ring) { r.Host("MV").Actor("router").RefuseStart(0) }, "the number of refusals is 0: it is 1 or more"},
	"no delay":                             {func(r *ringtest.Ring) { r.Host("MV").Actor("router").Delay(0, ringtest.Every("")) }, "a delay is 0s: it is more than 0"},

	"an unknown host":        {func(r *ringtest.Ring) { r.Host("XX") }, `there is no host "XX"; there are MV, PA, G`},
	"one of several unknown": {func(r *ringtest.Ring) { r.Hosts("MV XX") }, `there is no host "XX"`},
	"no host":                {func(r *ringtest.Ring) { r.Hosts("") }, `"" names no host; without an argument it is all`},
	"a client of no host":    {func(r *ringtest.Ring) { r.Client("MV", " ") }, `" " names no host`},
	"a client with a way of its own": {func(r *ringtest.Ring) {
		r.ClientWith(client.Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, nil }})
	}, "a client of the ring has those of the ring"},
	"a client of nonsense":    {func(r *ringtest.Ring) { r.ClientWith(client.Config{MinCopies: -1}) }, "MinCopies is -1, not between 0 and"},
	"a ring file of nonsense": {func(r *ringtest.Ring) { r.Host("MV").Reconfigure("fsync: never") }, `unknown key "fsync"`},

	"a partition into nothing":     {func(r *ringtest.Ring) { r.Partition() }, "parts nobody; hosts that are in no group are one more"},
	"a partition of all from none": {func(r *ringtest.Ring) { r.Partition("MV PA G") }, "parts nobody"},
	"an empty group":               {func(r *ringtest.Ring) { r.Partition("MV", "") }, `"" names no host`},
	"a host in two groups":         {func(r *ringtest.Ring) { r.Partition("MV PA", "PA G") }, "PA is twice in the partition"},
	"a host twice in a group":      {func(r *ringtest.Ring) { r.Partition("MV MV") }, "MV is twice in the partition"},
	"a flap of nobody":             {func(r *ringtest.Ring) { r.Flap(time.Second) }, "parts nobody"},
	"a flap without an end":        {func(r *ringtest.Ring) { r.Flap(0, "MV") }, "the time of a flap is 0s: it is more than 0"},
	"a link to itself":             {func(r *ringtest.Ring) { r.Host("MV").To(r.Host("MV")) }, "a link from MV to itself; there are links to PA, G"},
	"a link to nobody":             {func(r *ringtest.Ring) { r.Host("MV").To(nil) }, "to a host of another ring, or to none"},
	"negative latency":             {func(r *ringtest.Ring) { mvToPA(r).Slow(-time.Second, 0) }, "latency is -1s: it is 0s or more"},
	"negative jitter":              {func(r *ringtest.Ring) { mvToPA(r).Slow(time.Second, -1) }, "jitter is -1ns: it is 0s or more"},
	"a slow link that is not":      {func(r *ringtest.Ring) { mvToPA(r).Slow(0, 0) }, "latency and jitter together is 0s"},
	"no bytes a second":            {func(r *ringtest.Ring) { mvToPA(r).Limit(0) }, "the number of bytes a second is 0: it is 1 or more"},
	"before a frame":               {func(r *ringtest.Ring) { mvToPA(r).CutAfter(-1, ringtest.When{}) }, "the place in a frame is -1: it is 0 or more"},
	"nothing is corrupted":         {func(r *ringtest.Ring) { mvToPA(r).Corrupt(0, 0, ringtest.When{}) }, "a mask of 0 inverts no bit"},

	"a negative short write":  {func(r *ringtest.Ring) { r.Host("MV").Disk().ShortWrite(-1, ringtest.When{}) }, "the number of bytes is -1: it is 0 or more"},
	"less than full":          {func(r *ringtest.Ring) { r.Host("MV").Disk().Fill(-1) }, "the number of bytes that are left is -1"},
	"a slow disk that is not": {func(r *ringtest.Ring) { r.Host("MV").Disk().Slow(0, ringtest.When{}) }, "the time that an operation takes more is 0s"},
	"the 0th change":          {func(r *ringtest.Ring) { r.Host("MV").Disk().DieAt(0) }, "the number of the change, of which the next is 1, is 0"},
	"no bit is flipped":       {func(r *ringtest.Ring) { _ = r.Host("MV").Disk().Flip("access.log", 0, 0) }, "a mask of 0 inverts no bit"},
	"a negative size":         {func(r *ringtest.Ring) { _ = r.Host("MV").Disk().Cut("access.log", -1) }, "the size of a file is -1"},
	"a path for a name":       {func(r *ringtest.Ring) { r.Host("MV").Disk().Only("log/access.log") }, `"log/access.log" is no name of a file`},
	"no name":                 {func(r *ringtest.Ring) { r.Host("MV").Disk().Only("") }, `"" is no name of a file`},
	"one file is full":        {func(r *ringtest.Ring) { r.Host("MV").Disk().Only("access.log").Fill(0) }, "Fill is for the whole disk, not for access.log alone"},
	"one file hangs":          {func(r *ringtest.Ring) { r.Host("MV").Disk().Only("access.log").Hang("sync") }, "Hang is for the whole disk"},
	"one file of another":     {func(r *ringtest.Ring) { _ = r.Host("MV").Disk().Only("a").Delete("b") }, "a deletion is for the whole disk"},
	"a clock that runs back":  {func(r *ringtest.Ring) { r.Host("MV").Clock().Skew(-1e6) }, "a skew is -1e+06 parts in a million"},
	"a clock without time":    {func(r *ringtest.Ring) { r.Host("MV").Clock().Skew(math.NaN()) }, "a skew is NaN parts"},
	"no backup":               {func(r *ringtest.Ring) { r.Host("MV").Restore(nil) }, "what is put back on MV is no copy of its disk"},
	"another's backup":        {func(r *ringtest.Ring) { r.Host("MV").Restore(r.Host("PA").Backup()) }, "no copy of its disk"},
	"a pause of who is down":  {func(r *ringtest.Ring) { r.Host("MV").Pause() }, "MV is down: it cannot be paused"},
}

func mvToPA(r *ringtest.Ring) *ringtest.Link { return r.Host("MV").To(r.Host("PA")) }

// TestNonsense: what can never be ends the test at the line that asks for it, and what may
// be instead is said.
func TestNonsense(t *testing.T) {
	for name, c := range nonsense {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &witness{TB: t}
				r := ringtest.Start(w, ringtest.Hosts(3), ringtest.Down())
				done := make(chan struct{})
				go func() {
					defer close(done)
					c.do(r)
				}()
				<-done
				if !strings.Contains(w.why, c.says) {
					t.Errorf("it says %q", w.why)
				}
				if !strings.HasSuffix(w.where.File, "nonsense_test.go") {
					t.Errorf("it was ended at %s:%d", w.where.File, w.where.Line)
				}
			})
		})
	}
}

// TestSenseIsNotNonsense: what is rare and may be is let pass.
func TestSenseIsNotNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, ringtest.Hosts(3), ringtest.Down())
		for _, name := range []string{"", "*", "router", "conns/*", "conns/conn-1", "conns/conn-4711", "conns/conn-?", "links/+2", "links/*", "*/*", "listeners/clients-1"} {
			r.Host("MV").Actor(name)
		}
		for _, of := range []string{"", "Take", "Batch", "controlFrame", "stageTimeout"} {
			r.Host("MV").Actor("").Drop(ringtest.Some(1, of)).Heal()
		}
		mvToPA(r).Stall(ringtest.Every("bytes"))
		r.Probe("", "Take").ExpectNone(0)
		r.Partition("MV", "PA", "G")
	})
}

// TestOptionsOfNonsense end the test that starts the ring.
func TestOptionsOfNonsense(t *testing.T) {
	for says, option := range map[string]ringtest.Option{
		"SyncTakes(-1ns): a sync takes 0 or more": ringtest.SyncTakes(-1),
		"Latency(-1ns): a byte takes 0 or more":   ringtest.Latency(-1),
		"Hosts(-1): a ring has 1 to 64 hosts":     ringtest.Hosts(-1),
		`unknown key "nonsense"`:                  ringtest.File("nonsense: 1"),
	} {
		fails(t, func(t ringtest.TB) { ringtest.Start(t, option) }, says)
	}
}
