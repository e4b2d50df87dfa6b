package consent

// Declared is what a site declared about itself when an edition was published.
// It stays with the edition for ever, so that a receipt can be explained when
// the configuration has long changed.
type Declared struct {
	Group    string            `json:"group"`              // group id, under which the notice is kept
	Site     string            `json:"site"`               // the site's name, as its visitors know it
	Home     string            `json:"home"`               // address of its front page, where its Privacy control is
	Centre   string            `json:"centre,omitempty"`   // address of its privacy centre, without a slash at the end; empty if the server was not told its own
	Months   int               `json:"months"`             // how long a choice is remembered
	Purposes []DeclaredPurpose `json:"purposes,omitempty"` // in the order of Edition.Purposes
}

// DeclaredPurpose is a purpose in words, with everything that was used for it.
type DeclaredPurpose struct {
	ID           PurposeID            `json:"id"`
	Name         string               `json:"name"`            // in the edition's language, as are all texts here
	About        string               `json:"about,omitempty"` //
	Technologies []DeclaredTechnology `json:"technologies"`    //
}

// DeclaredTechnology is one cookie, storage item, script or embed.
type DeclaredTechnology struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"` // cookie, storage, script or embed
	Provider  string     `json:"provider"`
	Recipient *Recipient `json:"recipient,omitempty"` // who receives data besides the controller; nil if nobody
	Duration  string     `json:"duration"`            // ISO 8601 period, or "session"
	About     string     `json:"about,omitempty"`     //
	Data      []string   `json:"data,omitempty"`      // categories of personal data, see package app/dpv
	StoredIn  []string   `json:"stored_in,omitempty"` // "device", or a country (ISO 3166-1 alpha-2)
	Decision  string     `json:"decision,omitempty"`  // of an exemption: who decided it, when and why
}

// Recipient is an organisation that receives personal data (UK GDPR Art 4(9)).
// What is not known of it is empty.
type Recipient struct {
	Name    string `json:"name"`
	Role    string `json:"role,omitempty"`    // "processor", or "third-party"
	Address string `json:"address,omitempty"` // postal
	Contact string `json:"contact,omitempty"` // e-mail address, phone number or web address
}

// Purpose returns what was declared about a purpose; nothing in editions that
// kept no declaration.
func (e Edition) Purpose(id PurposeID) (DeclaredPurpose, bool) {
	if e.Declared == nil {
		return DeclaredPurpose{}, false
	}
	for _, p := range e.Declared.Purposes {
		if p.ID == id {
			return p, true
		}
	}
	return DeclaredPurpose{}, false
}
