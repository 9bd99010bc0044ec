package rsyslog

import (
	"errors"
	"os"
	"path/filepath"
	"text/template"

	"xlattice.org/zog/bench/peer"
)

// settings are what the configuration of a host is made of.
type settings struct {
	Dir, Log      string
	Host          string
	Port          int
	Input, Output string // modules
	Destinations  []string
}

// configuration is that of a host. Chosen by measuring on two processors:
//
//   - One queue, in memory, with one thread that takes thousands of messages at a
//     time: writes and forwards happen in batches. Without a queue, each message goes
//     by itself, and rsyslog is three to ten times slower.
//   - Over plain TCP the hosts are forwarded to in turn, by that thread: a queue for
//     each of them costs half of the rate. Over RELP each has a queue of its own, and
//     many messages under way, as the answers would else be waited for in turn.
//   - A full queue waits for a minute rather than two seconds before it gives up a
//     message, and a host that cannot be reached is tried again for ever.
//   - The message is forwarded as it came. In the file it is without its priority.
var configuration = template.Must(template.New("rsyslog.conf").Parse(`
{{- define "queue" -}}
queue.type="FixedArray" queue.size="100000" queue.dequeueBatchSize="4096"
	queue.workerThreads="1" queue.timeoutEnqueue="60000"
{{- end -}}
global(workDirectory="{{.Dir}}" processInternalMessages="on")
module(load="{{.Input}}")
{{if eq .Output "omrelp"}}module(load="omrelp"){{end}}

template(name="line" type="string" string="%rawmsg-after-pri%\r\n")
template(name="forward" type="string" string="%rawmsg%")

ruleset(name="all" {{template "queue"}}) {
	action(type="omfile" file="{{.Log}}" template="line" ioBufferSize="256k" flushOnTXEnd="on")
{{- range .Destinations}}
	action(type="{{$.Output}}" target="{{.}}" port="{{$.Port}}" template="forward"
		action.resumeRetryCount="-1"
		{{if eq $.Output "omrelp"}}windowSize="10000" {{template "queue"}}{{else}}protocol="tcp"{{end}})
{{- end}}
}
input(type="{{.Input}}" port="{{.Port}}" address="{{.Host}}" ruleset="all")

action(type="omfile" file="{{.Dir}}/own.log")
`))

// configure writes the configuration of a host, and returns its file. Host 0
// forwards to all others.
func (r rsyslog) configure(c *peer.Cluster, host, hosts, port int) (string, error) {
	dir, err := c.HostDir(host)
	if err != nil {
		return "", err
	}
	s := settings{Dir: dir, Log: c.Log(host), Host: peer.Host(host), Port: port, Input: "imtcp", Output: "omfwd"}
	if r.protocol == relp {
		s.Input, s.Output = "imrelp", "omrelp"
	}
	for i := 1; host == 0 && i < hosts; i++ {
		s.Destinations = append(s.Destinations, peer.Host(i))
	}
	name := filepath.Join(dir, "rsyslog.conf")
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	return name, errors.Join(configuration.Execute(file, s), file.Close())
}
