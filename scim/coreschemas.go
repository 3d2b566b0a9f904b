package scim

// UserDefinition returns the User resource of RFC 7643 section 4.1 with the
// enterprise extension of section 4.3. Change the copy as needed before
// NewResourceType.
func UserDefinition() Definition {
	return Definition{
		Name:        "User",
		Endpoint:    "/Users",
		Description: "User Account",
		Schema:      userSchema(),
		Extensions:  []Extension{{Schema: enterpriseUserSchema()}},
	}
}

// GroupDefinition returns the Group resource of RFC 7643 section 4.2. A PATCH
// of it is answered with 204: groups are large.
func GroupDefinition() Definition {
	return Definition{
		Name:           "Group",
		Endpoint:       "/Groups",
		Description:    "Group",
		Schema:         groupSchema(),
		PatchNoContent: true,
	}
}

// CoreTypes returns User, with the enterprise extension, and Group.
func CoreTypes() []*ResourceType {
	var types []*ResourceType
	for _, d := range []Definition{UserDefinition(), GroupDefinition()} {
		t, err := NewResourceType(d)
		if err != nil {
			panic(err) // the definitions above are wrong; a test holds them right
		}
		types = append(types, t)
	}
	return types
}

func userSchema() Schema {
	return Schema{URN: UserURN, Name: "User", Description: "User Account", Attributes: []Attribute{
		{Name: "userName", Required: true, Uniqueness: UniquenessServer, Description: "Unique name of the user, used to sign in."},
		{Name: "name", Type: TypeComplex, Description: "The parts of the user's name.", SubAttributes: []Attribute{
			{Name: "formatted", Description: "The full name, ready for display."},
			{Name: "familyName", Description: "The family name."},
			{Name: "givenName", Description: "The given name."},
			{Name: "middleName", Description: "The middle names."},
			{Name: "honorificPrefix", Description: "Titles before the name."},
			{Name: "honorificSuffix", Description: "Titles after the name."},
		}},
		{Name: "displayName", Description: "The name shown to other people."},
		{Name: "nickName", Description: "The casual name of the user."},
		{Name: "profileUrl", Type: TypeReference, ReferenceTypes: []string{"external"}, Description: "URL of the user's profile page."},
		{Name: "title", Description: "The job title."},
		{Name: "userType", Description: "The relation between the organisation and the user."},
		{Name: "preferredLanguage", Description: "The preferred language, as in Accept-Language."},
		{Name: "locale", Description: "The place that decides formats of currency, date and number."},
		{Name: "timezone", Description: "The time zone, as in the Olson database."},
		{Name: "active", Type: TypeBoolean, Description: "Whether the user may use the service."},
		{Name: "password", CaseExact: true, Mutability: WriteOnly, Returned: ReturnedNever, Description: "The clear text password, only ever written."},
		plural("emails", "E-mail addresses.", TypeString, "work", "home", "other"),
		plural("phoneNumbers", "Phone numbers.", TypeString, "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "Instant messaging addresses.", TypeString, "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		plural("photos", "URLs of photos.", TypeReference, "photo", "thumbnail"),
		addresses(),
		groupsOfUser(),
		plural("entitlements", "Things the user has been granted.", TypeString),
		plural("roles", "Roles of the user.", TypeString),
		plural("x509Certificates", "Certificates of the user.", TypeBinary),
	}}
}

// plural is a multi-valued attribute with the sub-attributes of RFC 7643 section 2.4.
func plural(name, description string, value Type, types ...string) Attribute {
	v := Attribute{Name: "value", Type: value, Description: "The value."}
	if value == TypeReference {
		v.ReferenceTypes = []string{"external"}
	}
	return Attribute{Name: name, Type: TypeComplex, MultiValued: true, Description: description, SubAttributes: []Attribute{
		v,
		{Name: "display", Description: "The value as shown to people."},
		{Name: "type", CanonicalValues: types, Description: "The kind of value."},
		{Name: "primary", Type: TypeBoolean, Description: "Whether this is the preferred value. At most one is."},
	}}
}

func addresses() Attribute {
	return Attribute{Name: "addresses", Type: TypeComplex, MultiValued: true, Description: "Postal addresses.", SubAttributes: []Attribute{
		{Name: "formatted", Description: "The whole address, ready for display."},
		{Name: "streetAddress", Description: "Street, house number and the like."},
		{Name: "locality", Description: "City or place."},
		{Name: "region", Description: "State or region."},
		{Name: "postalCode", Description: "Postal code."},
		{Name: "country", Description: "Country."},
		{Name: "type", CanonicalValues: []string{"work", "home", "other"}, Description: "The kind of address."},
		{Name: "primary", Type: TypeBoolean, Description: "Whether this is the preferred address. At most one is."},
	}}
}

func groupsOfUser() Attribute {
	return Attribute{Name: "groups", Type: TypeComplex, MultiValued: true, Mutability: ReadOnly, Description: "Groups the user belongs to.", SubAttributes: []Attribute{
		{Name: "value", CaseExact: true, Mutability: ReadOnly, Description: "The id of the group."},
		{Name: "$ref", Type: TypeReference, ReferenceTypes: []string{"User", "Group"}, Mutability: ReadOnly, Description: "The URI of the group."},
		{Name: "display", Mutability: ReadOnly, Description: "The name of the group."},
		{Name: "type", CanonicalValues: []string{"direct", "indirect"}, Mutability: ReadOnly, Description: "Whether the user is a direct member."},
	}}
}

func enterpriseUserSchema() Schema {
	return Schema{URN: EnterpriseUserURN, Name: "EnterpriseUser", Description: "Enterprise User", Attributes: []Attribute{
		{Name: "employeeNumber", Description: "The number of the employee within the organisation."},
		{Name: "costCenter", Description: "The cost center."},
		{Name: "organization", Description: "The organisation."},
		{Name: "division", Description: "The division."},
		{Name: "department", Description: "The department."},
		{Name: "manager", Type: TypeComplex, Description: "The user's manager.", SubAttributes: []Attribute{
			{Name: "value", CaseExact: true, Description: "The id of the manager."},
			{Name: "$ref", Type: TypeReference, ReferenceTypes: []string{"User"}, Description: "The URI of the manager."},
			{Name: "displayName", Mutability: ReadOnly, Description: "The name of the manager."},
		}},
	}}
}

func groupSchema() Schema {
	return Schema{URN: GroupURN, Name: "Group", Description: "Group", Attributes: []Attribute{
		{Name: "displayName", Required: true, Description: "The name of the group."},
		{Name: "members", Type: TypeComplex, MultiValued: true, Description: "The members of the group.", SubAttributes: []Attribute{
			{Name: "value", CaseExact: true, Mutability: Immutable, Description: "The id of the member."},
			{Name: "$ref", Type: TypeReference, ReferenceTypes: []string{"User", "Group"}, Mutability: Immutable, Description: "The URI of the member."},
			{Name: "type", CanonicalValues: []string{"User", "Group"}, Mutability: Immutable, Description: "The resource type of the member."},
			{Name: "display", Description: "The name of the member."},
		}},
	}}
}
