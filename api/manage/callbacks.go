package manage

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Try calls a destination to see whether it can be called.
type Try func(context.Context, broker.Caller, broker.DestinationID) (broker.Trial, error)

// troubled is GET /orgs/{org}/callbacks.
func (s *Service) troubled(c echo.Context) error {
	all, counted, err := list(c, viewEndpoint, func(p broker.Page) ([]broker.Endpoint, int, error) {
		return s.Deliveries.Troubled(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.CallbackEndpoints{Counted: counted, Endpoints: all})
}

// callbackStatus is GET /orgs/{org}/callbacks/{receiver}.
func (s *Service) callbackStatus(c echo.Context) error {
	asked, err := id[string](c, "receiver")
	if err != nil {
		return err
	}
	st, err := s.Deliveries.Status(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewCallbackStatus, st, err)
}

// deliveriesTo is GET /orgs/{org}/callbacks/{receiver}/deliveries.
func (s *Service) deliveriesTo(c echo.Context) error {
	asked, err := id[string](c, "receiver")
	if err != nil {
		return err
	}
	all, counted, err := list(c, viewDelivery, func(p broker.Page) ([]broker.Delivery, int, error) {
		return s.Deliveries.To(c.Request().Context(), auth.Caller(c), asked, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.CallbackDeliveries{Counted: counted, Deliveries: all})
}

// testCallback is POST /orgs/{org}/callbacks/{receiver}/test.
func (s *Service) testCallback(c echo.Context) error {
	asked, err := id[broker.DestinationID](c, "receiver")
	if err != nil {
		return err
	}
	made, err := s.Try(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewTrial, made, err)
}

// resumeCallbacks is POST /orgs/{org}/callbacks/{receiver}/resume.
func (s *Service) resumeCallbacks(c echo.Context) error {
	asked, err := id[string](c, "receiver")
	if err != nil {
		return err
	}
	n, err := s.Deliveries.Resume(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewCount, n, err)
}

// replayCallbacks is POST /orgs/{org}/callbacks/{receiver}/replay.
func (s *Service) replayCallbacks(c echo.Context) error {
	asked, err := id[string](c, "receiver")
	if err != nil {
		return err
	}
	in, err := read[wire.CallbackReplay](c)
	if err != nil {
		return err
	}
	if in.Since == nil {
		return &wire.Error{Member: "since", Want: "is required: a time like 2026-11-22T08:00:00Z"}
	}
	n, err := s.Deliveries.ReplayTo(c.Request().Context(), auth.Caller(c), asked, broker.Which{Since: *in.Since, Undelivered: in.Undelivered})
	return answer(c, http.StatusOK, viewCount, n, err)
}

// callbackSecret is POST /orgs/{org}/callbacks/{receiver}/secret.
func (s *Service) callbackSecret(c echo.Context) error {
	asked, err := id[broker.DestinationID](c, "receiver")
	if err != nil {
		return err
	}
	in, err := read[wire.CallbackSecretDraft](c)
	if err != nil {
		return err
	}
	overlap, err := overlapOf(in.Overlap)
	if err != nil {
		return err
	}
	d, secret, err := s.Destinations.CallbackSecret(c.Request().Context(), auth.Caller(c), asked, in.Secret, overlap)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.CallbackSecret{DestinationID: string(d.ID), Secret: secret, FormerSecretUntil: instant(d.Callback.FormerUntil)})
}

// delivery is GET /orgs/{org}/deliveries/{delivery}.
func (s *Service) delivery(c echo.Context) error {
	asked, err := id[broker.DeliveryID](c, "delivery")
	if err != nil {
		return err
	}
	d, err := s.Deliveries.Get(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewDelivery, d, err)
}

// replayDelivery is POST /orgs/{org}/deliveries/{delivery}/replay.
func (s *Service) replayDelivery(c echo.Context) error {
	asked, err := id[broker.DeliveryID](c, "delivery")
	if err != nil {
		return err
	}
	d, err := s.Deliveries.Replay(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewDelivery, d, err)
}
