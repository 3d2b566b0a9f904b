package recipe

import (
	"slices"
	"strings"
)

// Overwrites tells of steps of create that make an object or overwrite one, as PUT and PATCH may,
// where no step before them looks who is there, and no If-None-Match asks the application
// to make objects alone: somebody who was there before would be changed, and taken for the
// new object. An application may refuse that by itself, so such a recipe holds.
func Overwrites(r *Recipe) (all []Problem) {
	if r.Create == nil {
		return nil
	}
	for i := range r.Create.Steps {
		s := &r.Create.Steps[i]
		overwrites := s.Request.Safety != Safe && (s.Request.Method == "PUT" || s.Request.Method == "PATCH")
		if overwrites && !slices.ContainsFunc(s.Request.Headers, func(f TemplateField) bool { return strings.EqualFold(f.Name, "If-None-Match") }) {
			all = append(all, Problem{Path: s.Request.At, Message: "may meet somebody who is there already, overwrite him, and take him for the new object",
				Cure: "unless the application itself refuses who is there, let a step before it look, " +
					"such as request: \"/users/{anchor}\" with expect: [404] and onError: [{status: 200, then: exists}], " +
					`and write headers: {If-None-Match: "*"} where the application heeds it`})
		}
		if s.When == nil || s.Request.Safety != Safe && !overwrites {
			return all // what follows is about the object that this one looked for, or made
		}
	}
	return all
}
