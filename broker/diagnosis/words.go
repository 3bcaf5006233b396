package diagnosis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// say makes a sentence of two that take the same values, each a pair if it is a word.
func say(en, de string, values ...any) Sentence {
	english, german := make([]any, len(values)), make([]any, len(values))
	for i, v := range values {
		english[i], german[i] = v, v
		if both, ok := v.(Sentence); ok {
			english[i], german[i] = both.EN, both.DE
		}
	}
	return Sentence{fmt.Sprintf(en, english...), fmt.Sprintf(de, german...)}
}

// counted says how many there are of a noun.
func counted(n int, one, many Sentence) Sentence {
	if n == 1 {
		return one
	}
	return say("%d %s", "%d %s", n, many)
}

// span is a duration as people say it, in its largest unit that leaves at least two, or one.
func span(d time.Duration) Sentence {
	units := []struct {
		of        time.Duration
		one, many Sentence
	}{
		{24 * time.Hour, Sentence{"1 day", "1 Tag"}, Sentence{"days", "Tagen"}},
		{time.Hour, Sentence{"1 hour", "1 Stunde"}, Sentence{"hours", "Stunden"}},
		{time.Minute, Sentence{"1 minute", "1 Minute"}, Sentence{"minutes", "Minuten"}},
		{time.Second, Sentence{"1 second", "1 Sekunde"}, Sentence{"seconds", "Sekunden"}},
	}
	for _, u := range units {
		if n := int(d / u.of); n >= 2 || n == 1 && d < u.of+u.of/8 {
			return counted(n, u.one, u.many)
		}
	}
	return Sentence{"a moment", "einem Moment"}
}

func noun(k broker.SubmissionKind) Sentence {
	if k == broker.KindReply {
		return Sentence{"reply", "Antwort"}
	}
	return Sentence{"submission", "Einreichung"}
}

// people names author and addressee.
func people(fromSender bool) (author, addressee Sentence) {
	sender := Sentence{"the online service", "der Onlinedienst"}
	authority := Sentence{"the authority's system", "das System der Behörde"}
	if fromSender {
		return sender, authority
	}
	return authority, sender
}

func (f facts) summary() Sentence {
	author, addressee := people(f.FromSender())
	what := noun(f.Kind)
	switch f.State {
	case broker.StateIncomplete:
		return say("The %s is announced and not yet submitted: it is for %s to upload what is missing and to submit it.",
			"Die %s ist angekündigt und noch nicht abgesendet: Am Zug ist %s, Fehlendes hochzuladen und sie abzusenden.", what, author)
	case broker.StateSubmitted:
		return say("The %s waits for %s to fetch it and to accept or reject it.",
			"Die %s wartet darauf, abgeholt und angenommen oder zurückgewiesen zu werden. Am Zug ist %s.", what, addressee)
	case broker.StateForwarded:
		return say("The %s was passed on to a system behind that of the authority and waits to be accepted or rejected.",
			"Die %s wurde an ein System hinter dem der Behörde weitergereicht und wartet auf Annahme oder Zurückweisung.", what)
	case broker.StateAccepted:
		return say("The %s was accepted.", "Die %s wurde angenommen.", what)
	case broker.StateRejected:
		return say("The %s was rejected; the event log says why.", "Die %s wurde zurückgewiesen; das Ereignisprotokoll sagt, warum.", what)
	}
	return say("The content of the %s is deleted; the event log is still there.", "Der Inhalt der %s ist gelöscht; das Ereignisprotokoll ist noch da.", what)
}

// shownMissing is how many missing attachments a sentence names.
const shownMissing = 5

func attachmentsMissing(missing []broker.AttachmentID, announced int) Finding {
	var names []string
	for _, id := range missing[:min(len(missing), shownMissing)] {
		names = append(names, string(id))
	}
	if more := len(missing) - len(names); more > 0 {
		names = append(names, "… (+"+strconv.Itoa(more)+")")
	}
	return Finding{"attachments-missing", Problem, say("%d of %d announced attachments are not uploaded: %s.",
		"%d von %d angekündigten Anlagen sind nicht hochgeladen: %s.", len(missing), announced, strings.Join(names, ", "))}
}

func notSubmitted(attachments int) Finding {
	if attachments == 0 {
		return Finding{"not-submitted", Notice, Sentence{"No attachments were announced: metadata and data can be submitted now.",
			"Es wurden keine Anlagen angekündigt: Metadaten und Fachdaten können jetzt abgesendet werden."}}
	}
	return Finding{"not-submitted", Notice, say("All %d announced attachments are uploaded: it can be submitted now.",
		"Alle %d angekündigten Anlagen sind hochgeladen: Sie kann jetzt abgesendet werden.", attachments)}
}

func signatureLate(d time.Duration) Finding {
	return Finding{"signature-late", Problem, say(
		"An event waits for the broker's signature since %s. The event holds; only its signature is late. The operator of the broker has to look into it.",
		"Ein Ereignis wartet seit %s auf die Signatur des Vermittlers. Das Ereignis gilt; nur seine Signatur ist verspätet. Der Betreiber des Vermittlers muss nachsehen.", span(d))}
}

func destinationNot(status broker.DestinationStatus) Finding {
	german := map[broker.DestinationStatus]string{
		broker.DestinationCreated: "angelegt, aber nicht aktiv", broker.DestinationInactive: "inaktiv", broker.DestinationDecommissioned: "außer Betrieb",
	}
	return Finding{"destination-" + string(status), Problem, say(
		"The destination is %s: it takes nothing new, and maybe nobody looks at what waits there.",
		"Der Zustellpunkt ist %s: Er nimmt nichts Neues an, und vielleicht sieht niemand nach, was dort wartet.", Sentence{string(status), german[status]})}
}

func neverSeen(waits time.Duration, called bool) Finding {
	what := Sentence{"no list that showed it was read", "keine Liste, die sie zeigt, wurde abgerufen"}
	if called {
		what = Sentence{"no callback about it was taken, and no list that showed it was read", "kein Callback dazu wurde angenommen und keine Liste, die sie zeigt, abgerufen"}
	}
	return Finding{"never-seen", Problem, say("The addressee does not know of it after %s: %s. Is its system running?",
		"Der Empfänger weiß nach %s nichts davon: %s. Läuft sein System?", span(waits), what)}
}

func seenNotDecided(how []string, waits time.Duration) Finding {
	return Finding{"not-decided", Notice, say("The addressee was told of it (%s) and has not decided; it waits for %s.",
		"Der Empfänger wurde informiert (%s) und hat nicht entschieden; sie wartet seit %s.", strings.Join(how, ", "), span(waits))}
}

func pollsOnly(authority bool) Finding {
	if authority {
		return Finding{"no-callback", Notice, Sentence{"The destination has no callback: its system finds what waits when it looks.",
			"Der Zustellpunkt hat keinen Callback: Sein System findet, was wartet, wenn es nachsieht."}}
	}
	return Finding{"no-callback", Notice, Sentence{"The online service gave no callback: it finds replies when it looks.",
		"Der Onlinedienst hat keinen Callback angegeben: Er findet Antworten, wenn er nachsieht."}}
}

func otherNotTold(sender bool) Finding {
	author, authority := people(true)
	whom := authority
	if sender {
		whom = author
	}
	return Finding{"other-side-not-told", Notice, say("So far %s could not be told by a callback. It can find out by looking.",
		"Bisher konnte %s nicht per Callback informiert werden. Nachsehen ist möglich.", whom)}
}

func callGivenUp(c call) Finding {
	return Finding{"callback-given-up", Problem, say("The callback %s was given up after %s: %s. Mend the endpoint and replay the callback.",
		"Der Callback %s wurde nach %s aufgegeben: %s. Bringen Sie den Endpunkt in Ordnung und wiederholen Sie den Callback.", string(c.Type), attempts(c), c.reason())}
}

func receiverDisabled(c call) Finding {
	return Finding{"callback-stopped", Problem, say("Calls to the endpoint are stopped since %s: %s. Mend it, and then switch its callbacks on again.",
		"Aufrufe des Endpunkts sind seit %s angehalten: %s. Bringen Sie ihn in Ordnung und schalten Sie seine Callbacks wieder ein.", stamp(c.endpoint.Last.At), c.reason())}
}

func callFailing(c call, now time.Time) Finding {
	return Finding{"callback-failing", Problem, say("The callback %s failed so far, after %s: %s. It is tried again in %s.",
		"Der Callback %s ist bisher gescheitert, nach %s: %s. Der nächste Versuch ist in %s.", string(c.Type), attempts(c), c.reason(), span(c.again().Sub(now)))}
}

func attempts(c call) Sentence {
	return counted(c.Attempt, Sentence{"1 attempt", "1 Versuch"}, Sentence{"attempts", "Versuchen"})
}

// reason is that of the latest attempt.
func (c call) reason() Sentence {
	if len(c.Attempts) == 0 {
		return Sentence{"there was no attempt", "es gab keinen Versuch"}
	}
	last := c.Attempts[len(c.Attempts)-1]
	if last.Status != 0 {
		return say("the endpoint answered %d", "der Endpunkt antwortete mit %d", last.Status)
	}
	return say("no answer (%s)", "keine Antwort (%s)", last.Reason)
}

func formerKey(kid, current string) Finding {
	return Finding{"former-key", Notice, say(
		"It is sealed for the key %s; the destination's key is %s now. Open it with the private key of the former.",
		"Sie ist für den Schlüssel %s versiegelt; der Schlüssel des Zustellpunkts ist jetzt %s. Öffnen Sie sie mit dem privaten Schlüssel des früheren.", kid, current)}
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 MST") }
