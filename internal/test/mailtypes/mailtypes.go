// Package mailtypes lists the types of the messages that actors take, by name and as
// ringtest.When.Of has them: a name that is not here is misspelt. Batch is a ClientBatch or a
// PeerBatch. A test holds the list to the code of the actors.
package mailtypes

// All are the types: those of package messages, and those that an actor keeps to itself.
var All = []string{
	"Abandon", "Adopt", "Advanced", "Append", "Appended", "AskRepair", "Batch", "Damaged", "Drain",
	"Drained", "Exceeded", "Forward", "Gone", "Greeted", "Heard", "Locate", "Located", "Logged",
	"MarksChanged", "Pull", "Reached", "Redial", "Refuse", "Reopen", "Report", "RolledBack",
	"Silence", "Speak", "Survey", "Surveyed", "Take", "Unwatch", "Watch",
	"answerDue", "checkDue", "controlFrame", "dialAttempt", "greetingDue", "keepAlivesDue",
	"linkTimerDue", "maintainDue", "nextBlock", "nextPiece", "readerEnded", "readerPaused",
	"retryDue", "signDue", "stageTimeout", "streamAlarm", "sumsDue", "surveyCheckDue", "syncDue",
	"writeAgain",
}
