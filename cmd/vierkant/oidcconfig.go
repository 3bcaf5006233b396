package main

import "github.com/vierkant/vierkant/cmd/node"

// providerConfig is one OpenID provider in the configuration file.
type providerConfig struct {
	Name       string   `yaml:"name"`
	Label      string   `yaml:"label"`
	Issuer     string   `yaml:"issuer"`
	ClientID   string   `yaml:"client_id"`
	SecretFile string   `yaml:"secret_file"`
	Trust      bool     `yaml:"trust_second_factor"`
	ACR        []string `yaml:"acr"`
	AMR        []string `yaml:"amr"`
}

// providers returns them with the paths of files that are meant.
func providers(all []providerConfig, from func(path string) string) []node.Provider {
	var out []node.Provider
	for _, p := range all {
		out = append(out, node.Provider{
			Name: p.Name, Label: p.Label, Issuer: p.Issuer, ClientID: p.ClientID, SecretFile: from(p.SecretFile), Trust: p.Trust, ACR: p.ACR, AMR: p.AMR,
		})
	}
	return out
}
