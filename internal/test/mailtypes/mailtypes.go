// Package mailtypes lists the names of the types of messages that actors receive, for
// ringtest.When.Of: any other name is misspelt. Batch is a ClientBatch or a PeerBatch. A test compares
// the list with the code of the actors.
package mailtypes

// All has the types of package messages, and the private ones of actors.
var All = []string{
	"Abandon", "Adopt", "Advanced", "Append", "Appended", "AskRead", "AskRepair", "Batch", "Damaged",
	"Drain", "Drained", "Exceeded", "Followed", "Forward", "Gone", "Greeted", "Grown", "HasRead",
	"Heard", "Locate", "Located", "Logged", "MarksChanged", "MayRead", "Pull", "Reached", "Redial",
	"Refuse", "Reopen", "Report", "RolledBack", "Silence", "Speak", "Survey", "Surveyed", "Take",
	"TrustChanged", "Unwatch", "Watch", "Written", "answerDue", "beatDue", "checkDue", "controlFrame",
	"dialAttempt", "followMarksDue", "greetingDue", "heldDue", "keepAlivesDue", "linkTimerDue",
	"maintainDue", "nextBlock", "nextPiece", "peerShaken", "readerEnded", "readerPaused", "retryDue",
	"signDue", "stageTimeout", "streamAlarm", "sumsDue", "surveyCheckDue", "syncDue", "tickDue",
	"turnDue", "wakeDue", "writeAgain",
}
