package area

import (
	"fmt"
	"time"
)

// Date is a day, 2025-11-30. The empty date is not known.
type Date string

// checkedDate reads a day in the given layout of package time.
func checkedDate(layout, text string) (Date, error) {
	day, err := time.Parse(layout, text)
	if err != nil || day.Year() < 1990 {
		return "", fmt.Errorf("%.20q: want a day since 1990, as %s", text, layout)
	}
	return Date(day.Format(time.DateOnly)), nil
}
