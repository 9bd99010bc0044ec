package main

import "slices"

// mutants is the list, by theme.
var mutants = slices.Concat(
	diskMutants, journalMutants, logMutants,
	marksMutants, routerMutants, linkMutants, connMutants, followMutants, limitMutants,
	treeMutants, repairMutants,
	wireMutants, recordMutants,
	clientMutants, hostMutants, checkMutants, fastMutants, daemonMutants, errorLogMutants, trustMutants, strangerMutants,
	sprogMutants,
)
