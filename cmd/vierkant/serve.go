package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

// configFile is what stands in the file of "serve". Relative paths are relative to the file.
type configFile struct {
	Environment        string `yaml:"environment"`
	Data               string `yaml:"data"`
	Listen             string `yaml:"listen"`
	Admin              string `yaml:"admin"`
	PublicURL          string `yaml:"public_url"`
	BehindProxy        bool   `yaml:"behind_proxy"`
	TrustAnchors       string `yaml:"trust_anchors"`
	AllowHTTPCallbacks bool   `yaml:"allow_http_callbacks"`
	LogLevel           string `yaml:"log_level"`
	TLS                struct {
		Certificate string `yaml:"certificate"`
		Key         string `yaml:"key"`
	} `yaml:"tls"`
	Limits struct {
		AttachmentBytes int64 `yaml:"attachment_bytes"`
		ContentBytes    int64 `yaml:"content_bytes"`
		Attachments     int   `yaml:"attachments"`
		Destinations    int   `yaml:"destinations"`
	} `yaml:"limits"`
}

func serveCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run one environment as the configuration file says",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "YAML file that describes the environment (required)")
}

func serve(ctx context.Context, cfg node.Config) error {
	n, err := node.Open(ctx, cfg)
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		n.Stop(context.WithoutCancel(ctx))
		return err
	}
	cfg.Log.Info("answering", "environment", cfg.Environment.Name, "listen", cfg.Listen, "public_url", n.URLs().Base)
	select {
	case <-ctx.Done():
	case err = <-n.Failed():
	}
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if stopErr := n.Stop(grace); err == nil {
		err = stopErr
	}
	return err
}

// readConfig reads a configuration file strictly: a key that nobody knows is a typing error that must not pass.
func readConfig(path string) (node.Config, error) {
	if path == "" {
		return node.Config{}, usageError{fmt.Errorf("--config is required: the YAML file that describes the environment")}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return node.Config{}, fmt.Errorf("config: %w", err)
	}
	var f configFile
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		return node.Config{}, fmt.Errorf("config %s: %s", path, yaml.FormatError(err, false, true))
	}
	cfg, err := f.config(filepath.Dir(path))
	if err != nil {
		return node.Config{}, fmt.Errorf("config %s: %w", path, err)
	}
	if err := cfg.Check(); err != nil {
		return node.Config{}, fmt.Errorf("config %s: %w", path, err)
	}
	return cfg, nil
}

func (f configFile) config(base string) (node.Config, error) {
	env, err := node.ByName(f.Environment)
	if err != nil {
		return node.Config{}, err
	}
	level := slog.LevelInfo
	if f.LogLevel != "" {
		if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
			return node.Config{}, fmt.Errorf("log_level: %q is none of debug, info, warn, error", f.LogLevel)
		}
	}
	from := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(base, p)
	}
	return node.Config{
		Environment: env, Data: from(f.Data), Listen: f.Listen, Admin: f.Admin, PublicURL: f.PublicURL,
		TLSCertificate: from(f.TLS.Certificate), TLSKey: from(f.TLS.Key), BehindProxy: f.BehindProxy,
		TrustAnchors: from(f.TrustAnchors), AllowHTTPCallbacks: f.AllowHTTPCallbacks, Log: newLog(level, true),
		Limits: node.Limits{
			Attachment: f.Limits.AttachmentBytes, Content: f.Limits.ContentBytes,
			Attachments: f.Limits.Attachments, Destinations: f.Limits.Destinations,
		},
	}, nil
}
