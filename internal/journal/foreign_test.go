package journal_test

import "testing"

// Somebody else's file is not thrown away, also if nothing in it is a record.
func TestAForeignFileIsKept(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.move("access.log", "mine")
	k.put("access.log", "not ours\r\n")
	if _, err := k.Reopen(); err == nil {
		t.Error("it was taken for a new one")
	}
	k.recover()
	kept := false
	for _, name := range k.damaged() {
		kept = kept || k.content("damaged/"+name) == "not ours\r\n"
	}
	if !kept {
		t.Errorf("it is gone; in damaged/ are %q", k.damaged())
	}
	k.mustLog(1)
	k.sound()
}
