package diagnosis

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// removal is the step that follows all that package broker knows of one submission: the end of its case.
const removal broker.Prospect = "removal"

// next lists what time brings if nobody acts, in order.
func (f facts) next() (all []Step) {
	add := func(what broker.Prospect, at time.Time) { all = append(all, Step{at, string(what), f.step(what)}) }
	switch f.State {
	case broker.StateIncomplete:
		add(broker.WillBeDeleted, f.Created.Add(f.periods.Incomplete))
	case broker.StateSubmitted, broker.StateForwarded:
		for _, r := range f.reminders() {
			add(broker.WillRemind, f.Submitted.Add(r))
		}
		add(broker.WillBeRefused, f.Submitted.Add(f.periods.Decision))
	case broker.StateAccepted, broker.StateRejected:
		add(broker.WillBeDeleted, f.Decided.Add(f.periods.Content))
	case broker.StateDeleted:
		add(removal, f.changed.Add(f.periods.Case))
	}
	return all
}

// reminders are those to come. Senders are not reminded: of them there is no address.
func (f facts) reminders() []time.Duration {
	if !f.FromSender() || f.Reminded >= len(f.periods.Reminders) {
		return nil
	}
	return f.periods.Reminders[f.Reminded:]
}

func (f facts) step(what broker.Prospect) Sentence {
	switch what {
	case broker.WillRemind:
		return Sentence{"The contact of the destination is reminded by mail.", "Der Kontakt des Zustellpunkts wird per E-Mail erinnert."}
	case broker.WillBeRefused:
		return say("The broker rejects the %s because nobody decided in time, and tells both sides.",
			"Der Vermittler weist die %s zurück, weil niemand rechtzeitig entschieden hat, und sagt es beiden Seiten.", noun(f.Kind))
	case broker.WillBeDeleted:
		return say("The content of the %s is deleted.", "Der Inhalt der %s wird gelöscht.", noun(f.Kind))
	}
	return Sentence{"The case is removed with its event log, if nothing else happens in it.", "Der Vorgang wird mit seinem Ereignisprotokoll gelöscht, sofern in ihm nichts mehr geschieht."}
}
