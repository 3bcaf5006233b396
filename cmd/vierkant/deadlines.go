package main

import "time"

// deadlines are node.Periods in the configuration file.
type deadlines struct {
	Incomplete time.Duration   `yaml:"incomplete"`
	Reminders  []time.Duration `yaml:"reminders"`
	Decision   time.Duration   `yaml:"decision"`
	Content    time.Duration   `yaml:"content"`
	Case       time.Duration   `yaml:"case"`
}
