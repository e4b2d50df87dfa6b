package dpv

// Category is a category of personal data as a group's configuration names it.
type Category struct {
	Key  string // in group.yaml, under data
	Name string // in words
	term string // of DPV
}

// Nothing is the key that says that no personal data is involved.
const Nothing = "none"

// Categories lists every [Category] that there is a key for.
var Categories = []Category{
	{"identifier", "a unique identifier of the browser or device", "pd:UID"},
	{"ip-address", "IP address", "pd:IPAddress"},
	{"browsing", "pages seen and what was done on them", "pd:BrowsingBehaviour"},
	{"referral", "where the visitor came from", "pd:BrowsingReferral"},
	{"viewing", "what was watched or listened to", "pd:ServiceConsumptionBehaviour"},
	{"browser", "kind and version of the browser", "pd:UserAgent"},
	{"device", "facts about the device", "pd:DeviceBased"},
	{"location", "location", "pd:Location"},
	{"language", "language", "pd:Language"},
	{"preferences", "preferences and settings", "pd:Preference"},
	{"interests", "interests", "pd:Interest"},
	{"profile", "a profile of the visitor", "pd:IndividualProfile"},
	{Nothing, "no personal data", "dpv:NonPersonalData"},
}

// CategoryOf returns the category with a key.
func CategoryOf(key string) (Category, bool) {
	for _, c := range Categories {
		if c.Key == key {
			return c, true
		}
	}
	return Category{}, false
}

// namespaces are the prefixes that a document uses.
var namespaces = map[string]string{
	"dpv":      "https://w3id.org/dpv#",
	"pd":       "https://w3id.org/dpv/pd#",
	"loc":      "https://w3id.org/dpv/loc#",
	"legal-gb": "https://w3id.org/dpv/legal/gb#",
	"dct":      "http://purl.org/dc/terms/",
	"rdf":      "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
	"skos":     "http://www.w3.org/2004/02/skos/core#",
	"xsd":      "http://www.w3.org/2001/XMLSchema#",
	"schema":   "https://schema.org/",
	"x":        Namespace,
}

// Namespace is that of our own terms, for what DPV has no word for. Nothing is
// served there. The terms are:
//
//	x:PECR-2003-reg-6             regulation 6 of the Privacy and Electronic Communications Regulations 2003
//	x:PECR-2003-Sch-A1-para-N     paragraph N of their Schedule A1: an exemption from consent
//	x:ExemptUse                   type of an event about a purpose that rests on such an exemption
//	x:Objected, x:NotObjected     its state: the visitor switched the purpose off, or left or switched it on
//	x:purposeKey                  id of the purpose on the site, as in data-consent="…"
//	x:answer                      yes or no, as on the receipt
//	x:technology                  the name of a cookie, storage item, script or embed
//	x:receipt                     id of the receipt that an event was recorded by
//	x:ageSeconds                  seconds between the choice and its arrival, by the device's clock
//	x:noticeVersion, x:sha256     version of the notice, and SHA-256 (hex) of its source
//	x:bannerTextSha256            SHA-256 (hex) of the text that was on the screen
//	x:context and, in it:         x:site, x:siteName, x:home, x:layer (1 banner, 2 preferences), x:gpc,
//	                              x:uiVersion, x:uiConfigSha256,
//	                              x:questionsRevision, x:edition
//	x:integrity and, in it:       x:previousReceipt, x:logCommitment
const Namespace = "https://latchkey.example/ns/consent-receipt#"

// legislation is where each of our terms for a law is published.
const legislation = "https://www.legislation.gov.uk/uksi/2003/2426/"

// context is the same in every document: nothing has to be fetched to read one.
func context() node {
	c := node{}
	for prefix, iri := range namespaces {
		c[prefix] = iri
	}
	for term, kind := range map[string]string{
		"dct:created":           "xsd:dateTime",
		"dct:date":              "xsd:date",
		"dpv:isIndicatedAtTime": "xsd:dateTime",
		"dct:conformsTo":        "@id",
		"dct:source":            "@id",
		"dpv:isExercisedAt":     "@id",
		"x:receipt":             "@id",
		"x:previousReceipt":     "@id",
	} {
		c[term] = node{"@type": kind}
	}
	return c
}
