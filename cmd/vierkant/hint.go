package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
)

// hint says what to do about an error, "" if there is nothing to say beyond it. Of all that fits, the first counts: what says more
// stands before what says less.
func hint(err error) string {
	if refused, ok := refusedAdministration(err); ok {
		return adviseAdministration(refused)
	}
	for _, advise := range advices() {
		if said := advise(err); said != "" {
			return said
		}
	}
	return ""
}

func advices() []func(error) string {
	return []func(error) string{
		// What became of a submission.
		about(func(e *uncertainError) string {
			return fmt.Sprintf("It may have arrived: do not send it again before \"vierkant events --receipt %s\" has told.", quote(e.file))
		}),
		about(func(*client.UnconfirmedError) string {
			return "It may have arrived: do not send it again before \"vierkant events\" has told, with the receipt above."
		}),
		about(func(e *unreadLogError) string {
			return "It was submitted: do not send it again. \"vierkant events --receipt FILE\" reads the log."
		}),
		about(adviseRejection),
		about(func(e *decidedError) string {
			if e.ref.ReplyID != "" {
				return "\"vierkant events\" about the submission that it belongs to tells when and by whom."
			}
			return fmt.Sprintf("\"vierkant events %s --destination %s --case %s\" tells when and by whom.", e.ref.SubmissionID, e.ref.DestinationID, e.ref.CaseID)
		}),
		about(func(e *unknownError) string {
			return "\"vierkant list\" shows what waits. For one that was decided give --destination and --case, or --dir if it was saved elsewhere."
		}),
		about(func(e *unknownReplyError) string {
			return "\"vierkant replies\" shows what waits for a sender, \"vierkant replies --authority\" what waits for an authority."
		}),
		about(func(e *notSavedError) string {
			return fmt.Sprintf("\"vierkant fetch %s\" saves it as long as it waits; --dir names another folder.", e.id)
		}),
		about(func(e *damagedError) string {
			return fmt.Sprintf("Move %s away, and fetch it again as long as the service gives it away.", quote(e.folder))
		}),

		// What does not hold.
		about(func(*archive.PartError) string {
			return "Do not rely on these files. As long as the submission was not accepted, \"vierkant fetch\" gets it again into another --dir."
		}),
		about(func(*client.EventError) string {
			return "Do not rely on anything in this log, and decide nothing by it: tell the operator of the delivery service."
		}),
		about(func(*client.TagError) string {
			return "What was submitted is not what this tells of: keep both, and tell the operator of the delivery service."
		}),
		is(client.ErrSnapshot, "Do not rely on it: \"vierkant snapshot --save FILE\" gets another as soon as the service can be reached."),
		about(func(*client.RouteError) string {
			return "Do not send there: tell the operator of the portal."
		}),

		// A move.
		about(func(e *node.DatabaseError) string {
			return fmt.Sprintf(`With the "database" of the configuration as DSN:
  pg_dump --format=custom --file=vierkant.dump "$DSN"         # and: pg_restore --dbname="$EMPTY" --single-transaction vierkant.dump
  pg_basebackup --dbname="$DSN" --pgdata=FOLDER --checkpoint=fast   # of the whole server; with archived WAL to any moment
Keep the configuration, and apart from the dump a copy of the key file %s, without which it cannot be served.`, e.KeyFile)
		}),
		about(func(unfinishedError) string { return "Run the same command again: it goes on where it was." }),

		// Keys.
		about(func(e *client.MissingKeyError) string {
			if e.ToSender {
				return "Give the file that \"vierkant send --reply-key\" made for this application. Do not reject it for that."
			}
			return fmt.Sprintf("Give the folder with that private key by --keys %s=DIR; older keys are in it as %s.", e.Ref.DestinationID, olderDecryptions)
		}),
		about(func(*client.KeyError) string {
			return "Nothing was sealed to it or believed of it: its owner has to publish another. \"vierkant jwk FILE\" shows each rule."
		}),
		about(func(e *replyKeyError) string {
			return "Give a file that \"vierkant send --reply-key\" made; sending makes it if there is none."
		}),
		is(client.ErrNoReplyChannel, "The sender did not ask for it: the metadata may name another way to answer (replyChannel)."),
		is(keys.ErrPassphrase, "It is the one that was typed when the keys were made. Nobody else has it: if it is lost, make new keys and put them into force."),
		about(func(*keyFileError) string {
			return "Give the folder of \"vierkant keygen\" by --keys DESTINATION=DIR, which holds " + decryptionFile + " and " + signingFile + ", or the locked file of the portal by --keys DESTINATION=FILE."
		}),
		about(func(*unfitError) string {
			return "The rules marked ✗ name the paragraphs that tell what is expected."
		}),
		about(func(*notAKeyError) string {
			return "Expected a key as JSON Web Key (JWK), or a set of such keys (JWKS)."
		}),
		is(keys.ErrPrivate, "A private key must not leave its owner: \"vierkant jwk FILE --public\" makes the public half of it."),

		// What the service says.
		is(client.ErrUnauthorized, "Check --client-id and the secret: secrets can be replaced, and clients disabled. "+
			"The operator of the service registers both."),
		is(client.ErrForbidden, "This client may not: senders send, and a subscriber has to be assigned to the destination. Check --client-id."),
		about(func(*goneReplyError) string {
			return "It is unknown here, not for this client, or decided already. \"vierkant replies\" shows what waits."
		}),
		is(client.ErrNotFound, "It is unknown here, not for this client, or decided already. \"vierkant list\" shows what waits."),
		is(client.ErrConflict, "Somebody was faster: \"vierkant events\" tells what happened."),
		is(client.ErrNotOffered, "The authority has to offer this first. \"vierkant route\" finds who is responsible, --schema names another schema."),
		is(errNoRoute, "Check --service and the place. If the destination is known, name it by --destination and --identifier."),
		about(adviseConfig),

		// The way there, and this machine.
		about(func(e *client.Problem) string {
			if client.Retryable(e) {
				return "The service is busy or broken: try again later."
			}
			return ""
		}),
		about(adviseNetwork),
		is(syscall.ENOSPC, "The disk is full: make room and try again. Nothing half-written was left."),
		is(syscall.EFBIG, "Files may not become that large here: raise the limit (ulimit -f) and try again. Nothing half-written was left."),
		is(syscall.EDQUOT, "The disk quota is used up: make room and try again. Nothing half-written was left."),
		about(func(e *existsError) string { return "Choose another name, or move it away." }),
		is(fs.ErrPermission, "Check who owns it, and who runs this command."),
	}
}

// about advises on errors of one type.
func about[E error](say func(E) string) func(error) string {
	return func(err error) string {
		var found E
		if errors.As(err, &found) {
			return say(found)
		}
		return ""
	}
}

// is advises on errors of one kind.
func is(kind error, say string) func(error) string {
	return func(err error) string {
		if errors.Is(err, kind) {
			return say
		}
		return ""
	}
}

// adviseRejection writes the command that tells the sender what was found.
func adviseRejection(e *client.RejectError) string {
	var command strings.Builder
	if e.Ref.ReplyID != "" {
		fmt.Fprintf(&command, "Nothing was saved. To tell who sent it, with --receipt or --authority as now:\n  vierkant replies reject %s", e.Ref.ReplyID)
	} else {
		fmt.Fprintf(&command, "Nothing was saved. To tell the sender:\n  vierkant reject %s", e.Ref.SubmissionID)
	}
	for _, p := range e.Problems {
		fmt.Fprintf(&command, " \\\n    --problem %s", quote(problemText(p)))
	}
	return command.String()
}

// adviseConfig tells which flag gives what is missing.
func adviseConfig(e error) string {
	if !errors.Is(e, client.ErrConfig) {
		return ""
	}
	switch text := e.Error(); {
	case strings.Contains(text, "a token is needed"):
		return "Give --client-id and --client-secret-file: this environment of the world has no clients of its own."
	case strings.Contains(text, "no keys for destination"):
		return "Give the folder with its private keys by --keys DESTINATION=DIR."
	}
	return ""
}

// adviseNetwork tells who could not be reached.
func adviseNetwork(e error) string {
	var (
		name        *net.DNSError
		dial        *net.OpError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(e, &certificate):
		return "The broker's TLS certificate is not trusted here: check --url; the variable SSL_CERT_FILE names further roots."
	case errors.As(e, &name):
		return fmt.Sprintf("There is no host %q: check --url or --world.", name.Name)
	case errors.As(e, &dial) && dial.Op == "dial" && dial.Addr != nil:
		return fmt.Sprintf("Nobody answers at %s: is the broker running there, and do --url or --world name the right one?", dial.Addr)
	case client.Retryable(e):
		return "The connection broke: try again."
	}
	return ""
}
