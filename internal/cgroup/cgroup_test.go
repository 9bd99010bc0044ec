package cgroup_test

import (
	"testing"
	"testing/fstest"

	"xlattice.org/zog/internal/cgroup"
)

func TestMemoryLimit(t *testing.T) {
	const v1, v2 = "5:cpu:/a\n4:memory:/a/b\n0::/a/b\n", "0::/system.slice/zog.service\n"
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no groups", nil, 0},
		{"no limit", map[string]string{"proc/self/cgroup": v2, "sys/fs/cgroup/system.slice/zog.service/memory.max": "max\n"}, 0},
		{"a service", map[string]string{"proc/self/cgroup": v2, "sys/fs/cgroup/system.slice/zog.service/memory.max": "67108864\n"}, 64 << 20},
		{"the group around it", map[string]string{"proc/self/cgroup": v2,
			"sys/fs/cgroup/system.slice/zog.service/memory.max": "max\n", "sys/fs/cgroup/system.slice/memory.max": "1000\n"}, 1000},
		{"the lowest", map[string]string{"proc/self/cgroup": v2,
			"sys/fs/cgroup/system.slice/zog.service/memory.max": "2000\n", "sys/fs/cgroup/system.slice/memory.max": "1000\n"}, 1000},
		{"in a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "5000\n"}, 5000},
		{"a path that is not seen there", map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n"}, 5000},
		{"version 1", map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "7000\n"}, 7000},
		{"version 1 without", map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		{"nonsense", map[string]string{"proc/self/cgroup": "hello\n0:/\n", "sys/fs/cgroup/memory.max": "5000\n"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tt.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := cgroup.MemoryLimit(root); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}
