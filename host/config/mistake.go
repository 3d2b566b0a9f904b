package config

import "github.com/ecmabox/ecmabox/host/internal/strictyaml"

// Place is where something stands in a file, counted from 1; zero is nowhere.
type Place = strictyaml.Place

// Mistake is one thing that is wrong with a configuration file.
type Mistake = strictyaml.Mistake

// Error is everything that is wrong with a configuration file, in the order of
// its lines.
type Error = strictyaml.Error
