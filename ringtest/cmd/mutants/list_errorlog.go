package main

// errorLogMutants fill the disk with lines of error.log, or lose reports.
var errorLogMutants = []*Mutant{
	{
		Name: "lines-unlimited-by-address", Package: "internal/ratelimit",
		Old:    "!s.bucket.Has(now, r.perAddress(), burst) || ",
		New:    "",
		Breaks: "I7: one address takes all lines of error.log",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "lines-unlimited-in-all", Package: "internal/ratelimit",
		Old:    " || !l.all.Has(now, r.all(), burst-r.sumReserve())",
		New:    "",
		Breaks: "I6: many addresses together have more lines than the ring file allows",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "forgotten-not-said", Package: "internal/ratelimit",
		Old:    "\tif l.counted > 0 {\n",
		New:    "\tif false {\n",
		Breaks: "I8: reports about many addresses are neither lines nor counted",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "waiting-lines-not-counted", Package: "actors",
		Old:    "\t\tr.limiter.Count(from, 1)\n",
		New:    "",
		Breaks: "I8: lines that the disk is too slow for are lost in silence",
		Try:    []string{"./actors"},
	},
	{
		Name: "error-log-not-rotated", Package: "internal/errorlog",
		Old:    "f.size+n > f.max/2",
		New:    "f.size+n > f.max",
		Breaks: "I6: error.log grows beyond its bound",
		Try:    []string{"./internal/errorlog"},
	},
	{
		Name: "oversize-older-kept", Package: "internal/errorlog",
		Old:    "\treturn errors.Join(trim(file, f.max/2), file.Close())\n",
		New:    "\treturn file.Close()\n",
		Breaks: "I6: an error.log.1 of gigabytes stays as it is",
		Try:    []string{"./internal/errorlog"},
	},
	{
		Name: "zeros-stay", Package: "internal/errorlog",
		Old:    "if zero < 0 {",
		New:    "if true {",
		Breaks: "after a power cut error.log is no longer text",
		Try:    []string{"./internal/errorlog"},
	},
	{
		Name: "error-log-beside-retain-bytes", Package: "internal/config",
		Old:    "return r.Log.RetainBytes - r.ErrorLog.MaxBytes",
		New:    "return r.Log.RetainBytes",
		Breaks: "I6: the log directory has more bytes than retain_bytes allows",
		Try:    []string{"./internal/config"},
	},
}
