package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/diagnosis"
)

// diagnose is GET /submissions/{submission}/diagnosis, in German or English as Accept-Language has it.
func (s *Service) diagnose(c echo.Context) error {
	submission, err := id[broker.SubmissionID](c, "submission")
	if err != nil {
		return err
	}
	found, err := s.Diagnosis.Of(c.Request().Context(), auth.Caller(c), submission)
	if err != nil {
		return err
	}
	in := spoken(c)
	c.Response().Header().Set("Content-Language", in)
	c.Response().Header().Add("Vary", "Accept-Language")
	return c.JSON(http.StatusOK, viewDiagnosis(found, in))
}

// spoken is the language that the caller prefers of those that there are.
func spoken(c echo.Context) string {
	there := []language.Tag{language.English, language.German}
	_, i := language.MatchStrings(language.NewMatcher(there), c.Request().Header.Get("Accept-Language"))
	return there[i].String()
}

func viewDiagnosis(r diagnosis.Report, in string) wire.Diagnosis {
	view := wire.Diagnosis{
		SubmissionID: string(r.Submission), Kind: string(r.Kind), CaseID: string(r.Case), DestinationID: string(r.Destination),
		State: string(r.State), Since: r.Since.UTC(), Turn: string(r.Turn), At: r.At.UTC(), Summary: r.Summary.In(in),
		Findings: []wire.DiagnosisFinding{}, Next: []wire.DiagnosisStep{}, Callbacks: []wire.DiagnosisCall{},
	}
	for _, f := range r.Findings {
		view.Findings = append(view.Findings, wire.DiagnosisFinding{Code: f.Code, Level: string(f.Level), Text: f.Text.In(in)})
	}
	for _, step := range r.Next {
		view.Next = append(view.Next, wire.DiagnosisStep{At: step.At.UTC(), Code: step.Code, Text: step.Text.In(in)})
	}
	for _, call := range r.Calls {
		view.Callbacks = append(view.Callbacks, viewCall(call))
	}
	return view
}

func viewCall(call diagnosis.Call) wire.DiagnosisCall {
	view := wire.DiagnosisCall{
		Type: string(call.Type), To: call.To, OwedAt: call.Created.UTC(), State: "owed", Attempts: []wire.DiagnosisAttempt{},
	}
	switch {
	case call.GivenUp:
		view.State = "given-up"
	case !call.Over.IsZero():
		view.State = "taken"
	default:
		again := call.Again.UTC()
		view.Again = &again
	}
	for _, a := range call.Attempts {
		view.Attempts = append(view.Attempts, wire.DiagnosisAttempt{At: a.At.UTC(), TookMS: a.Took.Milliseconds(), Status: a.Status, Reason: a.Reason})
	}
	return view
}
