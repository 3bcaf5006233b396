package main

import (
	"fmt"
	"log/slog"
	"time"
)

// longestStop is more than the largest upload takes at the slowest pace that is borne.
const longestStop = 3 * time.Hour

// operation reads how the process behaves: what it logs, what room it leaves, how it stops.
func (f configFile) operation(s settings) (settings, error) {
	level, err := f.level()
	if err != nil {
		return s, err
	}
	if f.LogFormat != "" && f.LogFormat != "json" && f.LogFormat != "text" {
		return s, fmt.Errorf("log_format: %q is neither json nor text", f.LogFormat)
	}
	s.Log = newLog(level, f.LogFormat != "text")
	if s.Drain, s.stop = f.Drain, f.StopTimeout; s.stop == 0 {
		s.stop = stopGrace
	}
	if s.stop < 0 || s.stop > longestStop {
		return s, fmt.Errorf("stop_timeout: %s is not between 0s and %s", s.stop, longestStop)
	}
	if f.DiskReserve != "" {
		if s.DiskReserve, err = parseSize(f.DiskReserve); err != nil {
			return s, fmt.Errorf("disk_reserve: %w", err)
		}
	}
	return s, nil
}

func (f configFile) level() (slog.Level, error) {
	level := slog.LevelInfo
	if f.LogLevel == "" {
		return level, nil
	}
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		return level, fmt.Errorf("log_level: %q is none of debug, info, warn, error", f.LogLevel)
	}
	return level, nil
}
