package verify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

func hosts(names ...string) []verify.Host {
	all := make([]verify.Host, len(names))
	for i, name := range names {
		all[i].Name = name
	}
	return all
}

func find(kind verify.Kind, whole bool, all []marks.Mark, hosts ...int) (found []verify.Finding) {
	for _, r := range all {
		found = append(found, verify.Finding{Kind: kind, Hosts: hosts, Range: r, Whole: whole})
	}
	return found
}

func TestReport(t *testing.T) {
	target := ranges(t, "MV.516ogpwa.1-1234566 S.abc.1")
	down := hosts("MV", "PA", "G")
	down[2].Err = errors.New("is not reachable: connection refused")
	alone := hosts("MV", "PA")
	alone[1].Err = errors.New("is not reachable: connection refused")
	later := hosts("MV", "PA", "G")
	later[0].Begins = ranges(t, "MV.516ogpwa.100")
	later[1].Begins = ranges(t, "MV.516ogpwa.100")
	later[2].Begins = ranges(t, "MV.516ogpwa.100 S.abc.2")
	laterAndDown := hosts("MV", "PA")
	laterAndDown[0].Begins = ranges(t, "S.abc.2")
	laterAndDown[1].Err = errors.New("is not reachable: connection refused")
	alike := hosts("MV", "PA")
	alike[0].Begins = ranges(t, "MV.516ogpwa.100")
	alike[1].Begins = ranges(t, "MV.516ogpwa.100")
	damaged := hosts("MV")
	damaged[0].Damage = []verify.Damage{{File: "access.log.2", Offset: 1234, Bytes: 40, Reason: "line is too long"}}
	damaged[0].Notes = []string{"is being written to"}
	very := hosts("MV")
	for i := range 10 {
		very[0].Damage = append(very[0].Damage, verify.Damage{File: "access.log", Offset: int64(100 * i), Bytes: 1, Reason: "x"})
	}
	var many []marks.Mark
	for i := range 25 {
		many = append(many, marks.Mark{Run: marks.Run{Origin: "A", Boot: 1}, First: uint64(2*i + 1), Seq: uint64(2*i + 1)})
	}
	verdicts := map[string]verify.Verdict{ // all others differ
		"identical": verify.Complete, "many": verify.Complete, "sound": verify.Complete, "empty": verify.Complete,
		"all begin alike": verify.Complete, "begins": verify.Incomplete,
		"not reachable": verify.Unreachable, "only one is reachable": verify.Unreachable,
		"begins later, and one is down": verify.Unreachable,
	}
	tests := []struct {
		name   string
		report verify.Report
		want   string
	}{
		{"identical", verify.Report{Hosts: hosts("MV", "PA", "G", "LA", "S"), Target: target},
			"5/5 identical: 1,234,567 messages in 2 runs, MV PA G LA S"},
		{"many", verify.Report{Hosts: hosts("MV", "PA"), Target: ranges(t, "A.1.1-123456")}, "2/2 identical: 123,456 messages in 1 run, MV PA"},
		{"sound", verify.Report{Hosts: hosts("MV"), Target: ranges(t, "A.1.7")}, "sound: 1 message in 1 run, MV"},
		{"empty", verify.Report{Hosts: hosts("MV", "PA")}, "2/2 identical: 0 messages in 0 runs, MV PA"},
		{"lacks", verify.Report{Hosts: hosts("MV", "PA", "G"), Target: target,
			Findings: find(verify.Lacks, true, ranges(t, "MV.516ogpwa.100-200 S.abc.1"), 2)},
			"2/3 identical: 1,234,567 messages in 2 runs, MV PA\nG lacks MV.516ogpwa.100-200, S.abc.1"},
		{"differs", verify.Report{Hosts: hosts("MV", "PA", "G"), Target: target, Findings: append(
			find(verify.Differs, true, ranges(t, "S.abc.1"), 1), find(verify.Differs, false, ranges(t, "MV.516ogpwa.1-512"), 1)...)},
			"2/3 identical: 1,234,567 messages in 2 runs, MV G\n" +
				"PA differs in S.abc.1 (another text)\nPA differs somewhere in MV.516ogpwa.1-512 (another text)"},
		{"disagree", verify.Report{Hosts: hosts("MV", "PA"), Target: target, Findings: find(verify.Disagree, true, ranges(t, "S.abc.1"), 0, 1)},
			"MV, PA do not agree on S.abc.1 (different texts)"},
		{"unread", verify.Report{Hosts: hosts("MV", "PA"), Target: target, Findings: append(
			find(verify.Unread, true, ranges(t, "S.abc.1"), 0), find(verify.Unread, false, ranges(t, "S.abc.1-9"), 1)...)},
			"MV says that it has S.abc.1, but in its log that is missing, unreadable or there twice\n" +
				"PA says that it has S.abc.1-9, but in its log some of that is missing, unreadable or there twice"},
		{"one lacks, of two", verify.Report{Hosts: hosts("MV", "PA"), Target: target, Findings: find(verify.Lacks, true, ranges(t, "S.abc.1"), 1)},
			"PA lacks S.abc.1"},
		{"not reachable", verify.Report{Hosts: down, Target: target},
			"2/2 reachable identical: 1,234,567 messages in 2 runs, MV PA\nG is not reachable: connection refused"},
		{"only one is reachable", verify.Report{Hosts: alone, Target: target},
			"1/1 reachable identical: 1,234,567 messages in 2 runs, MV\nPA is not reachable: connection refused"},
		{"order", verify.Report{Hosts: hosts("MV"), Target: target, Findings: append(
			find(verify.Twice, true, ranges(t, "S.abc.1"), 0), find(verify.Late, true, ranges(t, "S.abc.5-6"), 0)...)},
			"MV has S.abc.1 twice\nMV has S.abc.5-6 out of order"},
		{"begins", verify.Report{Hosts: later, Target: target},
			"3/3 agree, but some begin later: 1,234,567 messages in 2 runs, MV PA G\n" +
				"MV, PA begin at MV.516ogpwa.100: older lines were retired\nG begins at MV.516ogpwa.100, S.abc.2: older lines were retired"},
		{"begins later, and one is down", verify.Report{Hosts: laterAndDown, Target: target},
			"1/1 reachable agree, but some begin later: 1,234,567 messages in 2 runs, MV\n" +
				"PA is not reachable: connection refused\nMV begins at S.abc.2: older lines were retired"},
		{"all begin alike", verify.Report{Hosts: alike, Target: ranges(t, "MV.516ogpwa.100-199 S.abc.1")},
			"2/2 identical: 101 messages in 2 runs, MV PA\nMV, PA begin at MV.516ogpwa.100: older lines were retired"},
		{"damaged", verify.Report{Hosts: damaged, Target: target},
			"MV is damaged: access.log.2, 40 bytes from byte 1234: line is too long\nMV is being written to"},
		{"damaged, and begins later", verify.Report{Hosts: []verify.Host{{Name: "MV", Begins: ranges(t, "S.abc.2"), Damage: damaged[0].Damage}}, Target: target},
			"MV is damaged: access.log.2, 40 bytes from byte 1234: line is too long\n" +
				"MV begins at S.abc.2: older lines were retired, or are among what is damaged"},
		{"many ranges", verify.Report{Hosts: hosts("MV"), Findings: find(verify.Lacks, true, many, 0)},
			"MV lacks A.1.1, A.1.3, A.1.5, A.1.7, A.1.9, A.1.11, A.1.13, A.1.15 ... and 17 more ranges"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Join(tt.report.Lines(), "\n")); diff != "" {
				t.Error(diff)
			}
			want, special := verdicts[tt.name]
			if !special {
				want = verify.Differ
			}
			if got := tt.report.Verdict(); got != want {
				t.Errorf("the verdict is %v, want %v", got, want)
			}
		})
	}
	report := verify.Report{Hosts: very}
	if lines := report.Lines(); len(lines) != 9 || lines[8] != "MV is damaged in 2 more places" {
		t.Errorf("%q", lines)
	}
}

func TestReportAsJSON(t *testing.T) {
	report := verify.Report{Hosts: hosts("MV", "PA", "G"), Target: ranges(t, "MV.516ogpwa.1-9")}
	report.Hosts[2].Err = errors.New("is not reachable")
	report.Hosts[1].Begins = ranges(t, "MV.516ogpwa.3")
	report.Hosts[1].Damage = []verify.Damage{{File: "access.log", Offset: 5, Bytes: 6, Reason: "why"}}
	report.Hosts[0].Notes = []string{"is being written to"}
	for _, kind := range []verify.Kind{verify.Lacks, verify.Differs, verify.Unread, verify.Twice, verify.Late} {
		report.Findings = append(report.Findings, find(kind, kind != verify.Differs, ranges(t, "MV.516ogpwa.5-6"), 1)...)
	}
	report.Findings = append(report.Findings, find(verify.Disagree, true, ranges(t, "MV.516ogpwa.7"), 0, 1)...)
	got, err := json.MarshalIndent(&report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	r := func(key string, first, last int, more string) string {
		return fmt.Sprintf(`%q: [{"origin": "MV", "boot": "516ogpwa", "first": %d, "last": %d%s}]`, key, first, last, more)
	}
	want := `{"ok": false, "verdict": "differ", "messages": 9, "runs": 1, "hosts": [
		{"name": "MV", "ok": false, "notes": ["is being written to"]},
		{"name": "PA", "ok": false, ` + r("lacks", 5, 6, "") + `, ` + r("differs", 5, 6, `, "partly": true`) + `,
			` + r("unread", 5, 6, "") + `, ` + r("twice", 5, 6, "") + `, ` + r("late", 5, 6, "") + `,
			"damage": [{"file": "access.log", "offset": 5, "bytes": 6, "reason": "why"}], ` + r("begins", 3, 3, "") + `, ` + r("begins_later", 3, 3, "") + `},
		{"name": "G", "ok": false, "error": "is not reachable"}],
		"disagree": [{"hosts": ["MV", "PA"], "origin": "MV", "boot": "516ogpwa", "first": 7, "last": 7}]}`
	var gotValue, wantValue any
	if err := errors.Join(json.Unmarshal(got, &gotValue), json.Unmarshal([]byte(want), &wantValue)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantValue, gotValue); diff != "" {
		t.Errorf("%s\n%s", diff, got)
	}
}
