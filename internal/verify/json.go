package verify

import (
	"encoding/json"
	"strconv"

	"xlattice.org/zog/internal/marks"
)

// MarshalJSON implements json.Marshaler: the whole report, host by host, for
// programs.
func (r *Report) MarshalJSON() ([]byte, error) {
	all := reportJSON{
		OK:       r.Verdict() == Complete,
		Verdict:  r.Verdict(),
		Messages: Count(r.Target),
		Runs:     len(r.Target),
		Hosts:    make([]hostJSON, len(r.Hosts)),
	}
	for i, h := range r.Hosts {
		all.Hosts[i] = hostJSON{Name: h.Name, Begins: rangesJSON(h.Begins), Later: rangesJSON(r.later(&h)), Damage: damageJSON(h.Damage), Notes: h.Notes}
		if h.Err != nil {
			all.Hosts[i].Error = h.Err.Error()
		}
	}
	for _, i := range r.sound() {
		all.Hosts[i].OK = true
	}
	for _, f := range r.Findings {
		if f.Kind == Disagree {
			all.Disagree = append(all.Disagree, disagreeJSON{r.names(f.Hosts), rangeJSONOf(f.Range, !f.Whole)})
			continue
		}
		list := all.Hosts[f.Hosts[0]].list(f.Kind)
		*list = append(*list, rangeJSONOf(f.Range, !f.Whole))
	}
	return json.Marshal(all)
}

type reportJSON struct {
	OK       bool           `json:"ok"`
	Verdict  Verdict        `json:"verdict"`
	Messages uint64         `json:"messages"`
	Runs     int            `json:"runs"`
	Hosts    []hostJSON     `json:"hosts"`
	Disagree []disagreeJSON `json:"disagree,omitempty"`
}

type hostJSON struct {
	Name    string      `json:"name"`
	OK      bool        `json:"ok"`
	Error   string      `json:"error,omitempty"`
	Lacks   []rangeJSON `json:"lacks,omitempty"`
	Differs []rangeJSON `json:"differs,omitempty"`
	Unread  []rangeJSON `json:"unread,omitempty"`
	Twice   []rangeJSON `json:"twice,omitempty"`
	Late    []rangeJSON `json:"late,omitempty"`
	Damage  []placeJSON `json:"damage,omitempty"`
	Begins  []rangeJSON `json:"begins,omitempty"`       // the first message of each run whose older lines are gone
	Later   []rangeJSON `json:"begins_later,omitempty"` // those of them that are later than on another host
	Notes   []string    `json:"notes,omitempty"`
}

// list returns the list for a kind of finding.
func (h *hostJSON) list(kind Kind) *[]rangeJSON {
	return map[Kind]*[]rangeJSON{
		Lacks: &h.Lacks, Differs: &h.Differs, Unread: &h.Unread, Twice: &h.Twice, Late: &h.Late,
	}[kind]
}

type rangeJSON struct {
	Origin string `json:"origin"`
	Boot   string `json:"boot"` // in base 36, as in a log
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	// Partly says that only some messages of the range may be concerned.
	Partly bool `json:"partly,omitempty"`
}

type disagreeJSON struct {
	Hosts []string `json:"hosts"`
	rangeJSON
}

type placeJSON struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	Reason string `json:"reason"`
}

func rangeJSONOf(r marks.Mark, partly bool) rangeJSON {
	return rangeJSON{r.Origin, strconv.FormatUint(r.Boot, 36), r.First, r.Seq, partly}
}

func rangesJSON(ranges []marks.Mark) (all []rangeJSON) {
	for _, r := range ranges {
		all = append(all, rangeJSONOf(r, false))
	}
	return all
}

func damageJSON(damage []Damage) (all []placeJSON) {
	for _, d := range damage {
		all = append(all, placeJSON(d))
	}
	return all
}
